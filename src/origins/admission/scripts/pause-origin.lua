-- Pauses all calls of the region that count against an account, because the origin asked for it.
--
-- KEYS[1]  account in this region
-- KEYS[2]  last pause of the region, which the reads of entries show; missing in a cluster
--
-- ARGV[1]  length of the pause, milliseconds; at most a minute
-- ARGV[2]  a text that no other pause has
--
-- Returns 1. A shorter pause does not end a longer one.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local pause_until = now + ARGV[1] * 1000
local paused_until = tonumber(redis.call('HGET', KEYS[1], 'p')) or 0
-- A stored end further ahead than a minute was written before the clock was set back, and is
-- replaced.
if paused_until < pause_until or paused_until > now + 61000000 then
  redis.call('HSET', KEYS[1], 'p', string.format('%.0f', pause_until))
end
redis.call('PEXPIRE', KEYS[1], 120000)
if KEYS[2] then redis.call('SET', KEYS[2], ARGV[2], 'PX', 120000) end
return 1
