/** A Data Action in its file format. */
export interface ExportedAction {
  readonly name: string;
  readonly integrationType: string;
  readonly actionType: string;
  readonly config: {
    readonly request: {
      readonly requestUrlTemplate: string;
      readonly requestType: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly requestTemplate: string;
    };
    readonly response: {
      readonly translationMap: Readonly<Record<string, string>>;
      readonly translationMapDefaults: Readonly<Record<string, string>>;
      readonly successTemplate: string;
    };
    readonly timeoutSeconds?: number;
  };
  readonly contract: {
    readonly input: { readonly inputSchema: Schema };
    readonly output: { readonly successSchema: Schema };
  };
  readonly secure: boolean;
}

export interface Schema {
  readonly type: string;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, { readonly type: string; readonly description?: string }>>;
}
