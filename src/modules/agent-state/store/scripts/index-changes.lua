-- Functions of the scripts that change the index of agents. This text is put in front of them, and
-- is no script alone. `index.lua` describes the keys.

local STATE_BITS = { free = 'F', offline = 'O', stale = 'S' }

-- The 42 keys of the index from `KEYS[first]`: roster, free, offline, stale, then the order.
local function indexKeys(first)
  return {
    roster = KEYS[first], free = KEYS[first + 1], offline = KEYS[first + 2], stale = KEYS[first + 3],
    orderFrom = first + 4,
  }
end

-- Returns the record of the agent with this ordinal; nil: the agent has none.
local function readEntry(keys, agent, ordinal)
  local text = ordinal and redis.call('HGET', keys.roster, ordinal)
  local entry = parseRecord(text)
  if not entry or entry.agent ~= agent then return nil end
  entry.keys, entry.ordinal, entry.text = keys, ordinal, text
  return entry
end

-- Plans a record for an agent without one. Only reads. `queues` is the hash of the agent's queues.
local function newEntry(keys, ordinals, agent, queues)
  local ordinal = string.format('%d', redis.call('BITPOS', ordinals, 0))
  return {
    keys = keys, agent = agent, ordinals = ordinals, queues = queues, ordinal = ordinal, state = 'O', idle = NO_TIME,
    last = NO_TIME, skills = '',
  }
end

-- The state of an agent. `idleSince` is set when the agent is free.
local function stateOf(status, isStale, isLocked, idleSince)
  if isLocked then return 'B' end
  if idleSince then return 'F' end
  if not status then return 'O' end
  if isStale then return 'S' end
  return status == 'OFFLINE' and 'O' or 'B'
end

-- Writes the digits of an idle time that differ from those of `before`; nil: writes all digits. The
-- times are packed.
local function writeOrder(entry, before, idle)
  local digits = math.floor(unpackTime(idle) / 2 ^ FIRST_DIGIT)
  local former = before and math.floor(unpackTime(before) / 2 ^ FIRST_DIGIT)
  -- The last key of the order belongs to the lowest digit.
  for at = entry.keys.orderFrom + ORDER_KEYS - 1, entry.keys.orderFrom, -1 do
    if digits == former then return end
    local digit = digits % 2
    if not former or former % 2 ~= digit then redis.call('SETBIT', KEYS[at], entry.ordinal, 1 - digit) end
    digits = (digits - digit) / 2
    former = former and math.floor(former / 2)
  end
end

-- Writes the agent's state and idle time, if they changed. An entry that is nil is not written. The
-- roster is written last: it still has the old state if the script ends before.
--
-- `last` is packed. `force` is 'states' to write all bits of the states, or 'all' to write those of
-- the order too.
local function writeEntry(entry, state, idleSince, last, force)
  if not entry then return end
  local before, isNew, former = entry.state, entry.text == nil, entry.idle
  local idle = isSet(idleSince) and packTime(idleSince) or former
  local text = idle .. state .. last .. entry.agent
  if entry.skills ~= '' then text = text .. '|' .. entry.skills end
  if isNew then
    redis.call('SETBIT', entry.ordinals, entry.ordinal, 1)
    redis.call('HSET', entry.queues, '#', entry.ordinal)
  elseif not force and text == entry.text then return end
  for name, letter in pairs(STATE_BITS) do
    if isNew or force or (before == letter) ~= (state == letter) then
      redis.call('SETBIT', entry.keys[name], entry.ordinal, state == letter and '1' or '0')
    end
  end
  if isNew or force == 'all' then writeOrder(entry, nil, idle)
  elseif idle ~= former then writeOrder(entry, former, idle) end
  entry.state, entry.idle, entry.last = state, idle, last
  if text ~= entry.text then redis.call('HSET', entry.keys.roster, entry.ordinal, text) end
  entry.text = text
end

-- Frees the ordinal of an agent without queues and skills. The caller deletes field `#` of the
-- agent's queues.
local function deleteEntry(entry, ordinals)
  for name in pairs(STATE_BITS) do redis.call('SETBIT', entry.keys[name], entry.ordinal, 0) end
  redis.call('SETBIT', ordinals, entry.ordinal, 0)
  redis.call('HDEL', entry.keys.roster, entry.ordinal)
end
