-- Replaces the skills of an agent. The caller has read the stored text and has computed the new one
-- and the bits that change. If the stored text is another one by now, the script changes nothing.
--
-- KEYS[1]  agent
-- KEYS[2]  queues of the agent
-- KEYS[3]  locks
-- KEYS[4…] the keys of the index, as `index.lua` describes them
-- KEYS[46] ordinals
-- KEYS[47] skills: hash. <agent>: `<declared>|<read>`, each empty or `<13 digits of ms>;` and
--          `<name>=<proficiency>;` per skill
-- KEYS[48] names: hash of the number of agents per skill
-- KEYS[49…] six bitmaps of each skill that the agent loses; then the bitmaps whose bit changes
--
-- ARGV[1]  agent
-- ARGV[2]  the text that the caller has read; empty: none
-- ARGV[3]  the new text
-- ARGV[4]  age of the last report from which an agent is stale, milliseconds
-- ARGV[5]  most agents with skills per tenant
-- ARGV[6]  most names per tenant
-- ARGV[7]  '1' when the agent has skills now
-- ARGV[8]  number of the names that the agent loses
-- ARGV[9]  number of the names that the agent gets
-- ARGV[10] one character per bitmap whose bit changes: the new bit
-- ARGV[11] time of the change, Unix ms
-- ARGV[12] how far this time may be ahead of this server, milliseconds
-- ARGV[13…] the names that the agent loses, then the names that it gets
--
-- Returns { 0 } when the skills changed. Returns nil when the stored text is another one.
-- Returns { 1 } when the tenant has too many agents with skills, { 2 } when the server's memory is
-- full. Returns { 3, number, name, … } when the tenant may get only this number of the new names.
-- Returns { 4, now } when the time is too far ahead: compute the text again with this time.

local ordinals, skills, names = KEYS[46], KEYS[47], KEYS[48]
local agent, text = ARGV[1], ARGV[3]
local isSkilled, lostCount, gotCount, bits = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]
local stored = redis.call('HGET', skills, agent) or ''
if stored ~= ARGV[2] then return false end
if tonumber(ARGV[11]) > now + ARGV[12] then return { 4, now } end
if stored == '' then
  if redis.call('HLEN', skills) >= tonumber(ARGV[5]) then return { 1 } end
  if isMemoryFull() then return { 2 } end
end
local newNames = {}
for index = 13 + lostCount, 12 + lostCount + gotCount do
  if redis.call('HEXISTS', names, ARGV[index]) == 0 then newNames[#newNames + 1] = ARGV[index] end
end
local room = tonumber(ARGV[6]) - redis.call('HLEN', names)
if #newNames > math.max(0, room) then return { 3, math.max(0, room), unpack(newNames) } end
local lastOf = {}
for index = 1, lostCount do
  lastOf[index] = (tonumber(redis.call('HGET', names, ARGV[12 + index])) or 0) <= 1
end
local status, reportedMs, idles = unpack(redis.call('HMGET', KEYS[1], 's', 'h', 'i'))
local isLocked = redis.call('HEXISTS', KEYS[3], agent) == 1
local entry = readEntry(indexKeys(4), agent)
local isUnused = isSkilled == '0' and redis.call('HLEN', KEYS[2]) == 0
if not entry and not isUnused then entry = newEntry(indexKeys(4), ordinals, agent) end
local idleSince = isSet(idles) and string.sub(idles, 1, 13) or nil
local isStale = not reportedMs or reportedMs + ARGV[4] <= now

redis.call('HSET', skills, agent, text)
if not entry then return { 0 } end
if isUnused then
  for index = 1, #bits do redis.call('SETBIT', KEYS[48 + 6 * lostCount + index], entry.ordinal, 0) end
else
  local isNew = entry.skilled ~= isSkilled
  entry.skilled = isSkilled
  writeEntry(entry, stateOf(status, isStale, isLocked, idleSince), idleSince, entry.last, isNew and 'states')
  for index = 1, #bits do
    redis.call('SETBIT', KEYS[48 + 6 * lostCount + index], entry.ordinal, tonumber(string.sub(bits, index, index)))
  end
end
for index = 1, gotCount do redis.call('HINCRBY', names, ARGV[12 + lostCount + index], 1) end
local gone = {}
for index = 1, lostCount do
  local name, at = ARGV[12 + index], 49 + 6 * (index - 1)
  if lastOf[index] then
    gone[#gone + 1] = name
    redis.call('DEL', unpack(KEYS, at, at + 5))
  else
    for level = 0, 5 do redis.call('SETBIT', KEYS[at + level], entry.ordinal, 0) end
    redis.call('HINCRBY', names, name, -1)
  end
end
if #gone > 0 then redis.call('HDEL', names, unpack(gone)) end
if isUnused then deleteEntry(entry, ordinals) end
return { 0 }
