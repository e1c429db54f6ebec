-- Takes in what a platform says of an agent, each part only where it is newer than what is stored.
--
-- ARGV[3]  agent
-- ARGV[4]  mark of the event; empty: it is never a duplicate
-- ARGV[5]  for how long the event is remembered, milliseconds
-- ARGV[6]  how far ahead of this server a platform's clock may be, milliseconds
-- ARGV[7]  '1' when the platform was asked: this holds there now, however long it has
-- ARGV[8]… four for each part: register (p, r, w, c), platform time in ms, verdict (0 free, 1 busy, 2 off), the rest of the register
--
-- Whom the platform was asked about was heard of, unless it contradicts what is stored of a later time. That stays: events outrun the
-- platform's own reads. But once the agent is stale, the answer counts.
--
-- Returns { 0 older than what is stored, 1 taken in, 2 duplicate; 1 when a time was ahead and was taken for now; 1 when a known
-- agent's status is another now }.

if ARGV[4] ~= '' and isRepeated(ARGV[4], ARGV[5]) then return { 2, 0, 0 } end
local id = ARGV[3]
local key = agentKey(id)
local known = redis.call('HMGET', key, 'p', 'r', 'w', 'c', 's', 'h')
local register = { p = known[1], r = known[2], w = known[3], c = known[4] }
local asked, stale = ARGV[7] == '1', known[6] and known[6] + staleMs <= now
local clamped, taken, confirmed, contradicted = 0, false, false, false
for at = 8, #ARGV, 4 do
  local part, atMs = ARGV[at], tonumber(ARGV[at + 1])
  if atMs > now + ARGV[6] then
    atMs = now
    clamped = 1
  end
  local text = digits(atMs) .. ARGV[at + 2] .. ARGV[at + 3]
  local old = register[part]
  if asked and old and text < old then
    if string.sub(text, 14, 14) == string.sub(old, 14, 14) then confirmed = true
    elseif stale then text = digits(string.sub(old, 1, 13) + 1) .. ARGV[at + 2] .. ARGV[at + 3]
    else contradicted = true end
  end
  if not old or text >= old then
    taken = true
    if text ~= old then
      register[part] = text
      redis.call('HSET', key, part, text)
    end
  end
end
local heard = not contradicted and (taken or confirmed)
if not taken and not heard then return { 0, clamped, 0 } end

local newest = ''
for _, text in pairs(register) do
  if text and text > newest then newest = text end
end
local function verdict(part) return register[part] and string.sub(register[part], 14, 14) end
local presence, routing, work = verdict('p'), verdict('r'), verdict('w')
local status = 'BUSY'
if presence == '2' or (not presence and routing == '2') then status = 'OFFLINE'
elseif presence == '0' and routing == '0' and work ~= '1' then status = 'AVAILABLE' end

redis.call('HSET', key, 's', status, 't', string.sub(newest, 1, 13))
redis.call('PEXPIRE', key, KEEP_MS)
if heard then
  redis.call('HSET', key, 'h', now)
  redis.call('ZADD', tenantKey('known'), now, id)
  redis.call('PEXPIRE', tenantKey('known'), KEEP_MS)
end
if status ~= known[5] then
  if known[5] then redis.call('HINCRBY', tenantKey('counts'), known[5], -1) end
  redis.call('HINCRBY', tenantKey('counts'), status, 1)
  redis.call('PEXPIRE', tenantKey('counts'), KEEP_MS)
end
settle(id)
return { taken and 1 or 0, clamped, known[5] and status ~= known[5] and 1 or 0 }
