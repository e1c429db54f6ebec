/** A lookup that callers of the rehearsal ask. */
export interface Dip {
  readonly lookup: string;
  /** The declared system that the lookup reads. */
  readonly system: string;
  readonly priority: string;
  /** The inputs of its first key. */
  readonly inputs: readonly DipInput[];
}

export interface DipInput {
  readonly input: string;
  readonly kind: 'phone' | 'email' | 'id';
}

/** A read of the CRM of the sandbox. It stands for the declared read of a lookup. */
export interface OriginRead {
  readonly path: string;
  /** The parameters, each with the input that it takes. */
  readonly query: ReadonlyMap<string, DipInput>;
  /** JSONata: where the answer has the record. `undefined` means the whole answer. */
  readonly record: string | undefined;
  /** JSONata: where the record has the id of the customer. */
  readonly customerId: string;
}

const PARAMETERS = { phone: 'phone', email: 'email', id: 'customerId' } as const;

/** The first parameter decides, and the CRM ignores names that it does not know. */
export function originReadOf({ inputs }: Pick<Dip, 'inputs'>): OriginRead {
  const query = new Map<string, DipInput>();
  for (const input of inputs) {
    const name = PARAMETERS[input.kind];
    query.set(query.has(name) ? `${name}-${query.size}` : name, input);
  }
  const isById = inputs[0]?.kind === 'id';
  if (isById) return { path: '/api/v2/balances', query, record: undefined, customerId: 'customerId' };
  return { path: '/api/v2/customers', query, record: 'results[0]', customerId: 'id' };
}

/** The value that a caller gives for an input. The sandbox knows all callers. */
export function valueOf({ kind }: DipInput, caller: number): string {
  switch (kind) {
    case 'phone':
      return `+1555${String(caller).padStart(4, '0')}`;
    case 'email':
      return `customer${caller}@example.com`;
    case 'id':
      return `c-${caller}`;
  }
}
