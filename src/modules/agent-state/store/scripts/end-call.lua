-- Ends the confirmed lock of a call that has ended. A lock that is not confirmed stays.
--
-- ARGV[3]  hash of the call id
-- ARGV[4]  hash of the event id
-- ARGV[5]  how long the event is remembered, milliseconds
-- ARGV[6]  the agent that left the call; empty: the call is over for all agents
--
-- Returns 1 when a confirmed lock ended, 0 when the call has no confirmed lock, 2 when the event is
-- a duplicate.

if isDuplicate(ARGV[4], ARGV[5]) then return 2 end
local token, agent = string.match(redis.call('GET', callKey(ARGV[3])) or '', '^(%S+) (.+)$')
if not token or (ARGV[6] ~= '' and ARGV[6] ~= agent) then return 0 end
local lock = redis.call('HMGET', agentKey(agent), 'lt', 'lh')
if lock[1] ~= token or not lock[2] then return 0 end
unlock(agent, true)
return 1
