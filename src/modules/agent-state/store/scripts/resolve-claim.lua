-- Resolves a pending claim with the claim verifier's verdict. Of several verdicts the first counts.
--
-- ARGV[3]  agent
-- ARGV[4]  token
-- ARGV[5]  'verified', or 'rejected' when the agent is not free
--
-- A rejected claim is removed from its call. If the stored state still says AVAILABLE, that state
-- is newer than the platform's answer. The lock then stays until it expires, so that no other
-- caller claims the agent.
--
-- Returns 1, or 0 when no claim with this token is pending.

local agent, key = ARGV[3], agentKey(ARGV[3])
local lock = redis.call('HMGET', key, 'lt', 'lu', 'lp', 'lk', 's')
if lock[1] ~= ARGV[4] or tonumber(lock[2]) <= now or not lock[3] then return 0 end
if ARGV[5] == 'verified' then
  redis.call('HDEL', key, 'lp')
elseif lock[5] == 'AVAILABLE' then
  detachCall(agent, lock[1], lock[4])
  redis.call('HDEL', key, 'lp', 'lc', 'lk')
else
  unlock(agent, true)
end
return 1
