-- Functions for the index of agents. This text is put in front of `shared.lua`, and is no script
-- alone.
--
-- The index answers which members of a queue are free and have some skills, with bitmaps. Each
-- agent with a queue or a skill has a number in its tenant, its ordinal. In every bitmap, the bit
-- at this offset stands for the agent. Ordinals are used again, so the bitmaps stay dense.
--
-- Keys of the index. None has a TTL, because memberships and skills have none.
--
-- - roster: hash. <agent>: `<ordinal> <state> <idle> <last> <skilled>`. #<ordinal>: the agent
-- - ordinals: bitmap of the ordinals in use
-- - free, offline, stale: bitmaps of agents in the states F, O and S
-- - members of a queue, and its read members: bitmaps
-- - a skill at a level: bitmap of the agents with a proficiency of this level or more
-- - scratch: the result of the last BITOP. A script overwrites it before each use
--
-- Parts of an entry of the roster:
--
-- - state: F free; B busy or locked; O offline or not reported; S stale. A claim clears the bit in
--   `free` and leaves the F. The end of the lock writes all bits
-- - idle: the idle time in the agent's positions, 13 digits of ms; `-`: the agent has no position
-- - last: the end of the last interaction, Unix ms; 0: none
-- - skilled: 1 when the agent has skills
--
-- An agent that an earlier version stored has no entry and no bits until `index-member.lua` adds
-- both. The number of bits then differs from the number of members.

local STATE_BITS = { free = 'F', offline = 'O', stale = 'S' }

-- The keys from `KEYS[first]`: roster, free, offline, stale.
local function indexKeys(first)
  return { roster = KEYS[first], free = KEYS[first + 1], offline = KEYS[first + 2], stale = KEYS[first + 3] }
end

local function parseEntry(text)
  local ordinal, state, idle, last, skilled = string.match(text or '', '^(%d+) (%u) (%S+) (%d+) (%d)$')
  if not ordinal then return nil end
  return { ordinal = ordinal, state = state, idle = idle, last = last, skilled = skilled }
end

-- Returns the agent's entry; nil: the agent has none.
local function readEntry(keys, agent)
  local entry = parseEntry(redis.call('HGET', keys.roster, agent))
  if entry then entry.keys, entry.agent = keys, agent end
  return entry
end

-- Plans an entry for an agent without one. Only reads.
local function newEntry(keys, ordinals, agent)
  local ordinal = string.format('%.0f', redis.call('BITPOS', ordinals, 0))
  return {
    keys = keys, agent = agent, ordinals = ordinals, ordinal = ordinal, state = 'O', idle = '-', last = '0', skilled = '0',
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

local function entryText(entry)
  return table.concat({ entry.ordinal, entry.state, entry.idle, entry.last, entry.skilled }, ' ')
end

-- Writes the agent's state, if it changed. With `isForced`, all bits are written. An entry that is
-- nil is not written. The roster is written last: it still has the old state if the script ends
-- before.
local function writeEntry(entry, state, idleSince, last, isForced)
  if not entry then return end
  local before, isNew = entry.state, entry.ordinals ~= nil
  local idle = idleSince and idleSince ~= '' and idleSince or '-'
  if isNew then redis.call('SETBIT', entry.ordinals, entry.ordinal, 1)
  elseif not isForced and state == before and idle == entry.idle and last == entry.last then return end
  for name, letter in pairs(STATE_BITS) do
    if isNew or isForced or (before == letter) ~= (state == letter) then
      redis.call('SETBIT', entry.keys[name], entry.ordinal, state == letter and 1 or 0)
    end
  end
  entry.state, entry.idle, entry.last = state, idle, last
  local fields = { entry.agent, entryText(entry) }
  if isNew then fields[3], fields[4] = '#' .. entry.ordinal, entry.agent end
  redis.call('HSET', entry.keys.roster, unpack(fields))
end

-- Frees the ordinal of an agent without queues and skills.
local function deleteEntry(entry, ordinals)
  for name in pairs(STATE_BITS) do redis.call('SETBIT', entry.keys[name], entry.ordinal, 0) end
  redis.call('SETBIT', ordinals, entry.ordinal, 0)
  redis.call('HDEL', entry.keys.roster, entry.agent, '#' .. entry.ordinal)
end
