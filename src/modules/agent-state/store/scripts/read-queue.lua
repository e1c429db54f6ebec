-- Reads one page of a queue's members, lowest priority score first.
--
-- ARGV[3]  queue
-- ARGV[4]  members to skip
-- ARGV[5]  most members to return
--
-- Returns { server ms, number of members, agent, score, { field, value, ... }, agent, ... }. No
-- fields: no report is stored.

local members = membersKey(ARGV[3])
local reply = { now, redis.call('ZCARD', members) }
local page = redis.call('ZRANGE', members, ARGV[4], ARGV[4] + ARGV[5] - 1, 'WITHSCORES')
for index = 1, #page, 2 do
  reply[#reply + 1] = page[index]
  reply[#reply + 1] = page[index + 1]
  reply[#reply + 1] = redis.call('HGETALL', agentKey(page[index]))
end
return reply
