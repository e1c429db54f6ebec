-- Applies a platform's report of an agent. Each register changes only if its write is newer.
--
-- ARGV[3]  agent
-- ARGV[4]  hash of the event id; empty: the report is never a duplicate
-- ARGV[5]  how long the event is remembered, milliseconds
-- ARGV[6]  how far a platform's clock may be ahead of this server, milliseconds
-- ARGV[7]  '1' when the report was read from the platform's agent directory: it is current, however
--          old its times are
-- ARGV[8]… four per write: register (p, r, w, c), platform time in ms, rank (0 free, 1 busy, 2
--          off), payload of the register
--
-- A directory report refreshes the agent's report time, unless it contradicts a later stored state.
-- The later state stays, because events are faster than the platform's API. If the agent is stale,
-- the directory report replaces the later state.
--
-- A directory report, or a newer report, ends the absence of an agent (`mark-absent.lua`). The
-- registers then decide again.
--
-- Returns { outcome, clamped, changed }.
--
--   outcome  0 older than the stored state, 1 applied, 2 duplicate
--
--   clamped  1 when a time was too far ahead and this server's time was used
--
--   changed  1 when the agent was known and its status changed

if ARGV[4] ~= '' and isDuplicate(ARGV[4], ARGV[5]) then return { 2, 0, 0 } end
local agent = ARGV[3]
local key = agentKey(agent)
local stored = redis.call('HMGET', key, 'p', 'r', 'w', 'c', 's', 'h', 'm', 'g')
local registers = { p = stored[1], r = stored[2], w = stored[3], c = stored[4] }
local statusBefore = stored[5]
local current, stale = ARGV[7] == '1', stored[6] and stored[6] + staleMs <= now
local clamped, applied, confirmed, contradicted = 0, false, false, false
local present = current
for index = 8, #ARGV, 4 do
  local name, atMs = ARGV[index], tonumber(ARGV[index + 1])
  if atMs > now + ARGV[6] then
    atMs = now
    clamped = 1
  end
  local value = ARGV[index + 2] .. ARGV[index + 3]
  local text = timeDigits(atMs) .. value
  local before = registers[name]
  if current and before and text < before then
    if string.sub(text, 14, 14) == string.sub(before, 14, 14) then confirmed = true
    elseif stale then text = timeDigits(string.sub(before, 1, 13) + 1) .. value
    else contradicted = true end
  end
  if not before or text >= before then
    applied = true
    if text ~= before then
      present = true
      registers[name] = text
      redis.call('HSET', key, name, text)
    end
  end
end
local refreshed = not contradicted and (applied or confirmed)
local returns = statusBefore and present and (stored[7] or stored[8])
if not applied and not refreshed and not returns then return { 0, clamped, 0 } end
if returns then redis.call('HDEL', key, 'm', 'g') end

local newest = ''
for _, text in pairs(registers) do
  if text and text > newest then newest = text end
end
local function rank(name) return registers[name] and string.sub(registers[name], 14, 14) end
local presence, routing, work = rank('p'), rank('r'), rank('w')
local status = 'BUSY'
local isGone = stored[8] and not returns
if isGone or presence == '2' or (not presence and routing == '2') then status = 'OFFLINE'
elseif presence == '0' and routing == '0' and work ~= '1' then status = 'AVAILABLE' end

redis.call('HSET', key, 's', status, 't', string.sub(newest, 1, 13))
redis.call('PEXPIRE', key, TTL_MS)
if refreshed then
  redis.call('HSET', key, 'h', now)
  redis.call('ZADD', tenantKey('known'), now, agent)
  redis.call('PEXPIRE', tenantKey('known'), TTL_MS)
end
if status ~= statusBefore then
  if statusBefore then redis.call('HINCRBY', tenantKey('counts'), statusBefore, -1) end
  redis.call('HINCRBY', tenantKey('counts'), status, 1)
  redis.call('PEXPIRE', tenantKey('counts'), TTL_MS)
end
updateQueues(agent)
return { applied and 1 or 0, clamped, statusBefore and status ~= statusBefore and 1 or 0 }
