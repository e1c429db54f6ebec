-- The origin asked to be left alone: nobody in the region calls it for a while.
--
-- KEYS[1]  the system's account in this region
-- ARGV[1]  for so long, milliseconds; at most a minute
--
-- Returns 1. A shorter pause does not end a longer one.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local untilUs = now + ARGV[1] * 1000
local paused = tonumber(redis.call('HGET', KEYS[1], 'p')) or 0
if paused < untilUs or paused > now + 61000000 then
  redis.call('HSET', KEYS[1], 'p', string.format('%.0f', untilUs))
end
redis.call('PEXPIRE', KEYS[1], 120000)
return 1
