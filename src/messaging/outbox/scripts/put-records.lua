-- Puts records into the outbox of a tenant.
--
-- KEYS[1]  outbox of the tenant
--
-- ARGV[1…] the records, as `outbox.lua` reads them
--
-- Returns the id of the last record, or '' when the outbox is full.

local outbox = outboxFrom(KEYS[1], 1)
if isOutboxFull(outbox) then return '' end
return addToOutbox(outbox)
