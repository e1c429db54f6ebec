-- Records that an event was processed, unless it is recorded already. A critical event replaces the
-- record of an event that was not critical.
--
-- KEYS[1]  record of the event
--
-- ARGV[1]  number of deleted entries
-- ARGV[2]  '!' when the event is critical, else ''
-- ARGV[3]  how long the record lives, milliseconds
--
-- Returns 1 when the event was recorded, 0 when it was recorded before.

local known = redis.call('GET', KEYS[1])
if known and (ARGV[2] == '' or string.sub(known, -1) == '!') then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1
