-- Functions for scripts that store an event and put its records into the outbox of the tenant. This
-- text is put in front of each of these scripts, and is no script alone.
--
-- The arguments of an outbox, from ARGV[first]:
--
-- - number of records. If it is 0, no further argument follows, and no key is declared
-- - most records in the outbox
-- - lifetime of the outbox after its last record, milliseconds
-- - the records, each as text

-- Returns nil if there is no record.
local function outboxFrom(key, first)
  local count = tonumber(ARGV[first])
  if count == 0 then return nil end
  return { key = key, count = count, most = tonumber(ARGV[first + 1]), lifeMs = ARGV[first + 2], first = first + 3 }
end

-- The number of arguments of the outbox.
local function outboxArguments(outbox) return outbox and 3 + outbox.count or 1 end

-- Must be called before the first write of the script.
local function isOutboxFull(outbox)
  return outbox ~= nil and redis.call('XLEN', outbox.key) + outbox.count > outbox.most
end

-- Returns the id of the last record; '' if there is none.
local function addToOutbox(outbox)
  if not outbox then return '' end
  local id = ''
  for at = outbox.first, outbox.first + outbox.count - 1 do
    id = redis.call('XADD', outbox.key, '*', 'r', ARGV[at])
  end
  redis.call('PEXPIRE', outbox.key, outbox.lifeMs)
  return id
end
