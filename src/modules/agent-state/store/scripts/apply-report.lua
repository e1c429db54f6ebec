-- Applies a platform's report of an agent. Each register changes only if its write is newer.
--
-- KEYS[1]  locks
-- KEYS[2]  known
-- KEYS[3]  agent
-- KEYS[4]  queues of the agent
-- KEYS[5…] the keys of the index, as `index.lua` describes them
-- KEYS[47] counts: hash of the number of agents per status
-- KEYS[48…] the regions of agents, only with ARGV[7]; the outbox of the tenant, only with records;
--          then the free agents of the queues
--
-- ARGV[1]  agent
-- ARGV[2]  age of the last report from which an agent is stale, milliseconds
-- ARGV[3]  how far a platform's clock may be ahead of this server, milliseconds
-- ARGV[4]  kind of the report:
--          - '0': an event without an id
--          - '1': a reading of the agent directory by this region. The reading is current, however
--            old its times are
--          - '2': a reading of the agent directory by another region
--          - '3': an event with an id. Other regions get the event even if it changes nothing, so
--            that they store its mark
-- ARGV[5]  most agents per tenant
-- ARGV[6]  number of writes
-- ARGV[7]  name of this region; empty: there is no other region
-- ARGV[8]  silent regions, `|eu|us|`; empty: none
-- ARGV[9]  age of the last report from which an agent of a silent region is stale, milliseconds
-- ARGV[10…] four arguments per write:
--          - register: p, r, w or c
--          - platform time, Unix ms
--          - rank: 0 free, 1 busy, 2 off
--          - payload of the register
-- ARGV[…]  the record for other regions, as `outbox.lua` reads it. The record is stored only if the
--          report changes something here, or is an event with an id
-- ARGV[…]  the queues
--
-- A directory report refreshes the agent's report time, unless it contradicts a later stored state.
-- The later state stays, because events are faster than the platform's API. If the agent is stale,
-- the directory report replaces the later state.
--
-- A directory report, or a newer report, ends the absence of an agent (`mark-absent.lua`). The
-- registers then decide again.
--
-- Returns { outcome, clamped, changed, id, times }.
-- Returns nil when the agent is in a further queue.
--
-- - outcome 0: older than the stored state.
-- - outcome 1: applied.
-- - outcome 2: refused, because the tenant has too many agents.
-- - outcome 3: refused, because the server's memory is full.
-- - outcome 4: refused, because the outbox is full.
-- - outcome 5: nothing was written. Call again with these corrected `times`, one per write, so that
--   the record for other regions has the same times. The other regions have another clock, and
--   would not compute the same times.
-- - clamped: 1 when a time was too far ahead and this server's time was used.
-- - changed: 1 when the agent was known and its status changed.
-- - id: of the record in the outbox; '' for none.

local locks, known, agentKey, counts = KEYS[1], KEYS[2], KEYS[3], KEYS[47]
local agent, staleMs = ARGV[1], tonumber(ARGV[2])
local recordAt = 10 + 4 * ARGV[6]
local regions, first = nil, 48
if ARGV[7] ~= '' then regions, first = KEYS[first], first + 1 end
local outbox = outboxFrom(KEYS[first], recordAt)
local memberships, _, ordinal = readMemberships(KEYS[4], outbox and first + 1 or first)
if not memberships then return false end
-- Reads of `known` and `counts`: a key of another type fails here, before the first write.
redis.call('ZSCORE', known, agent)
redis.call('HGET', counts, 'AVAILABLE')
local isLocked = redis.call('HEXISTS', locks, agent) == 1
local stored = redis.call('HMGET', agentKey, 'p', 'r', 'w', 'c', 's', 'h', 'b', 'i', 'm', 'g')
local registers = { p = stored[1], r = stored[2], w = stored[3], c = stored[4] }
local statusBefore, reportedMs = stored[5], tonumber(stored[6])
if not statusBefore then
  if redis.call('ZCARD', known) >= tonumber(ARGV[5]) then return { 2, 0, 0, '' } end
  if isMemoryFull() then return { 3, 0, 0, '' } end
end

local function newestOf(texts)
  local newest = ''
  for _, text in pairs(texts) do
    if text and text > newest then newest = text end
  end
  return newest
end
local current, fromLog, isEvent = ARGV[4] == '1' or ARGV[4] == '2', ARGV[4] == '2', ARGV[4] == '3'
local stale = reportedMs and reportedMs + staleMs <= now
if ARGV[8] ~= '' and reportedMs and reportedMs + ARGV[9] <= now then
  stale = stale or isSilent(regionOf(newestOf(registers)), ARGV[8])
end
local present = current
local clamped, applied, confirmed, contradicted, fields = 0, false, false, false, {}
local endedMs = 0
local times, otherTimes = {}, false
for index = 10, recordAt - 4, 4 do
  local name, atMs = ARGV[index], tonumber(ARGV[index + 1])
  if atMs > now + ARGV[3] then
    atMs = now
    clamped = 1
  end
  local value = ARGV[index + 2] .. ARGV[index + 3]
  local text = timeDigits(atMs) .. value
  local before = registers[name]
  if current and before and text < before then
    if string.sub(text, 14, 14) == string.sub(before, 14, 14) then confirmed = true
    elseif stale and not fromLog then text = timeDigits(string.sub(before, 1, 13) + 1) .. value
    else contradicted = true end
  end
  times[#times + 1] = tonumber(string.sub(text, 1, 13))
  if times[#times] ~= tonumber(ARGV[index + 1]) then otherTimes = true end
  if not before or text >= before then
    applied = true
    registers[name] = text
    if text ~= before then
      present = true
      fields[#fields + 1] = name
      fields[#fields + 1] = text
      if name ~= 'p' and before and string.sub(before, 14, 14) == '1' and string.sub(text, 14, 14) == '0' then
        endedMs = math.max(endedMs, times[#times])
      end
    end
  end
end
local refreshed = not contradicted and (applied or confirmed)
local returns = statusBefore and present and (isSet(stored[9]) or isSet(stored[10]))
local changes = #fields > 0 or returns
-- A full outbox refuses no event that changes nothing.
local isSent = outbox and (changes or (isEvent and not otherTimes and not isOutboxFull(outbox)))
if not applied and not refreshed and not returns then
  return { 0, clamped, 0, isSent and addToOutbox(outbox) or '' }
end
if isSent and otherTimes then return { 5, clamped, 0, '', unpack(times) } end
if isSent and changes and isOutboxFull(outbox) then return { 4, clamped, 0, '' } end

local newestRegister = newestOf(registers)
local newest = string.sub(newestRegister, 1, 13)
local function rank(name) return registers[name] and string.sub(registers[name], 14, 14) end
local presence, routing, work = rank('p'), rank('r'), rank('w')
local status = 'BUSY'
local isGone = isSet(stored[10]) and not returns
if isGone or presence == '2' or (not presence and routing == '2') then status = 'OFFLINE'
elseif presence == '0' and routing == '0' and work ~= '1' then status = 'AVAILABLE' end
if refreshed then reportedMs = now end
local idleSince = idleTime(status, newest, stored[7], reportedMs, staleMs, isLocked)
local plan = planPositions(ordinal, memberships, stored[8], idleSince)
local regionPlan = planRegion(regions, agent, newestRegister, ARGV[7])
local entry = readEntry(indexKeys(5), agent, ordinal)
local isStale = not reportedMs or reportedMs + staleMs <= now
local state = stateOf(status, isStale, isLocked, idleSince)
local last = entry and entry.last
if last and endedMs > unpackTime(last) then last = packTime(endedMs) end
for _, text in ipairs({ 's', status, 't', newest }) do fields[#fields + 1] = text end
if returns then
  for _, text in ipairs({ 'm', '', 'g', '' }) do fields[#fields + 1] = text end
end
if refreshed then
  fields[#fields + 1] = 'h'
  fields[#fields + 1] = now
end

local id = isSent and addToOutbox(outbox) or ''
applyRegion(regionPlan)
if refreshed then
  redis.call('ZADD', known, now, agent)
  redis.call('PEXPIRE', known, TTL_MS)
end
applyPlan(agentKey, plan, fields)
redis.call('PEXPIRE', agentKey, TTL_MS)
writeEntry(entry, state, idleSince, last)
if status ~= statusBefore then
  if statusBefore then redis.call('HINCRBY', counts, statusBefore, -1) end
  redis.call('HINCRBY', counts, status, 1)
  redis.call('PEXPIRE', counts, TTL_MS)
end
return { applied and 1 or 0, clamped, statusBefore and status ~= statusBefore and 1 or 0, id }
