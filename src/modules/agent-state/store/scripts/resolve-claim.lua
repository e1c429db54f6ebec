-- Ends the wait of a claim for what the platform says of its agent. Of several who asked, the first decides.
--
-- ARGV[3]  agent
-- ARGV[4]  token
-- ARGV[5]  'confirmed', or 'rejected' when the platform says the agent cannot be had
--
-- A dropped claim is forgotten by its call. Where what is stored still says the agent is available, being newer than what the platform
-- says, the lock stays until its time is up, so that nobody gets the agent meanwhile.
--
-- Returns 1, or 0 when no claim with this token is pending.

local id, key = ARGV[3], agentKey(ARGV[3])
local lock = redis.call('HMGET', key, 'lt', 'lu', 'lp', 'lk', 's')
if lock[1] ~= ARGV[4] or tonumber(lock[2]) <= now or not lock[3] then return 0 end
if ARGV[5] == 'confirmed' then
  redis.call('HDEL', key, 'lp')
elseif lock[5] == 'AVAILABLE' then
  forgetCall(id, lock[1], lock[4])
  redis.call('HDEL', key, 'lp', 'lc', 'lk')
else
  unlock(id, true)
end
return 1
