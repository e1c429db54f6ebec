-- Ends the lock that is held for a conversation, when the conversation has ended.
--
-- ARGV[3]  mark of the call
-- ARGV[4]  mark of the event
-- ARGV[5]  for how long the event is remembered, milliseconds
-- ARGV[6]  the agent who left it; empty: the conversation is over for everybody
--
-- Returns 1 when a held lock ended, 0 when there is none, 2 when the event came before.

if isRepeated(ARGV[4], ARGV[5]) then return 2 end
local token, id = string.match(redis.call('GET', callKey(ARGV[3])) or '', '^(%S+) (.+)$')
if not token or (ARGV[6] ~= '' and ARGV[6] ~= id) then return 0 end
local lock = redis.call('HMGET', agentKey(id), 'lt', 'lh')
if lock[1] ~= token or not lock[2] then return 0 end
unlock(id, true)
return 1
