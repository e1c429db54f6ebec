-- Puts the end of a call into the outbox, unless the event was handled before. The lock of the call
-- may be in another region.
--
-- KEYS[1] the mark of the event  KEYS[2] outbox of the tenant
--
-- ARGV[1]… the record for other regions, as `outbox.lua` reads it
--
-- Returns 1 when the record was stored, 0 when the event is a duplicate, 2 when the outbox is full.

if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local outbox = outboxFrom(KEYS[2], 1)
if isOutboxFull(outbox) then return 2 end
addToOutbox(outbox)
return 1
