--[[
  Records that an event was processed, unless it is recorded already. A critical event replaces the record of an event that was not.

  Input:
    KEYS[1]  record of the event

    ARGV[1]  number of deleted entries
    ARGV[2]  '!' if the event is critical, else ''
    ARGV[3]  how long the record lives, milliseconds

  Output:
    1  recorded
    0  recorded before
]]
local known = redis.call('GET', KEYS[1])
if known and (ARGV[2] == '' or string.sub(known, -1) == '!') then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1
