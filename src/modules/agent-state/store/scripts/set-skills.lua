-- Replaces the skills of an agent. The caller has read the stored text and has computed the new one
-- and the bits that change. If the stored text is another one by now, the script changes nothing.
--
-- KEYS[1]  agent
-- KEYS[2]  queues of the agent
-- KEYS[3]  locks
-- KEYS[4…] the keys of the index, as `index.lua` describes them
-- KEYS[46] ordinals
-- KEYS[47] names: hash of the number of agents per skill. `:` is the number of agents for which
--          skills were stored
-- KEYS[48…] six bitmaps of each skill that the agent loses; then the bitmaps whose bit changes
--
-- ARGV[1]  agent
-- ARGV[2]  the skills in the record that the caller has read; empty: none
-- ARGV[3]  the new skills, as `index.lua` describes them
-- ARGV[4]  age of the last report from which an agent is stale, milliseconds
-- ARGV[5]  most agents with skills per tenant
-- ARGV[6]  most names per tenant
-- ARGV[7]  number of the names that the agent loses
-- ARGV[8]  number of the names that the agent gets
-- ARGV[9]  one character per bitmap whose bit changes: the new bit
-- ARGV[10] time of the change, Unix ms
-- ARGV[11] how far this time may be ahead of this server, milliseconds
-- ARGV[12…] the names that the agent loses, then the names that it gets
--
-- Returns { 0 } when the skills changed. Returns nil when the stored text is another one.
-- Returns { 1 } when the tenant has too many agents with skills, { 2 } when the server's memory is
-- full. Returns { 3, number, name, … } when the tenant may get only this number of the new names.
-- Returns { 4, now } when the time is too far ahead: compute the text again with this time.

local ordinals, names, agent = KEYS[46], KEYS[47], ARGV[1]
local lostCount, gotCount, bits = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
local entry = readEntry(indexKeys(4), agent, redis.call('HGET', KEYS[2], '#'))
local stored = entry and entry.skills or ''
if stored ~= ARGV[2] then return false end
if tonumber(ARGV[10]) > now + ARGV[11] then return { 4, now } end
local count = redis.call('HGET', names, ':')
if stored == '' then
  if tonumber(count or 0) >= tonumber(ARGV[5]) then return { 1 } end
  if isMemoryFull() then return { 2 } end
end
local newNames = {}
for index = 12 + lostCount, 11 + lostCount + gotCount do
  if redis.call('HEXISTS', names, ARGV[index]) == 0 then newNames[#newNames + 1] = ARGV[index] end
end
local room = tonumber(ARGV[6]) - redis.call('HLEN', names) + (count and 1 or 0)
if #newNames > math.max(0, room) then return { 3, math.max(0, room), unpack(newNames) } end
local lastOf = {}
for index = 1, lostCount do
  lastOf[index] = (tonumber(redis.call('HGET', names, ARGV[11 + index])) or 0) <= 1
end
local status, reportedMs, idles = unpack(redis.call('HMGET', KEYS[1], 's', 'h', 'i'))
local isLocked = redis.call('HEXISTS', KEYS[3], agent) == 1
entry = entry or newEntry(indexKeys(4), ordinals, agent, KEYS[2])
local idleSince = isSet(idles) and string.sub(idles, 1, 13) or nil
local isStale = not reportedMs or reportedMs + ARGV[4] <= now

entry.skills = ARGV[3]
writeEntry(entry, stateOf(status, isStale, isLocked, idleSince), idleSince, entry.last, stored == '' and 'states')
if stored == '' then redis.call('HINCRBY', names, ':', 1) end
for index = 1, #bits do
  redis.call('SETBIT', KEYS[47 + 6 * lostCount + index], entry.ordinal, string.sub(bits, index, index))
end
for index = 1, gotCount do redis.call('HINCRBY', names, ARGV[11 + lostCount + index], 1) end
local gone = {}
for index = 1, lostCount do
  local name, at = ARGV[11 + index], 48 + 6 * (index - 1)
  if lastOf[index] then
    gone[#gone + 1] = name
    redis.call('DEL', unpack(KEYS, at, at + 5))
  else
    for level = 0, 5 do redis.call('SETBIT', KEYS[at + level], entry.ordinal, 0) end
    redis.call('HINCRBY', names, name, -1)
  end
end
if #gone > 0 then redis.call('HDEL', names, unpack(gone)) end
return { 0 }
