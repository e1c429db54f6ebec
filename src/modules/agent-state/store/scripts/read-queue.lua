-- Reads a page of a queue's members, lowest priority score first.
--
-- ARGV[3]  queue
-- ARGV[4]  members to pass over
-- ARGV[5]  the most to return
--
-- Returns { server ms, members in all, agent, score, { field, value, … }, agent, … }; no fields: never heard of.

local members = membersKey(ARGV[3])
local reply = { now, redis.call('ZCARD', members) }
local page = redis.call('ZRANGE', members, ARGV[4], ARGV[4] + ARGV[5] - 1, 'WITHSCORES')
for at = 1, #page, 2 do
  reply[#reply + 1] = page[at]
  reply[#reply + 1] = page[at + 1]
  reply[#reply + 1] = redis.call('HGETALL', agentKey(page[at]))
end
return reply
