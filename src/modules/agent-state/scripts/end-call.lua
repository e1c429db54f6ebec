-- Ends the lock that is held for a conversation, when the conversation has ended.
--
-- ARGV[3]  mark of the call
-- ARGV[4]  the agent who left it; empty: the conversation is over for everybody
--
-- Returns 1 when a held lock ended.

local token, id = string.match(redis.call('GET', callKey(ARGV[3])) or '', '^(%S+) (.+)$')
if not token or (ARGV[4] ~= '' and ARGV[4] ~= id) then return 0 end
local lock = redis.call('HMGET', agentKey(id), 'lt', 'lh')
if lock[1] ~= token or not lock[2] then return 0 end
unlock(id, true)
return 1
