-- Functions for the index of agents. This text is put in front of `shared.lua`, and is no script
-- alone.
--
-- The index answers which members of a queue are free and have some skills, with bitmaps. Each
-- agent with a queue or a skill has a number in its tenant, its ordinal. In every bitmap, the bit
-- at this offset stands for the agent. Ordinals are used again, so the bitmaps stay dense. Field
-- `#` in the hash of the agent's queues has the ordinal of the agent.
--
-- Keys of the index. None has a TTL, because memberships and skills have none.
--
-- - roster: hash. <ordinal>: record of the agent, `<idle><state><last><agent>|<skills>`
-- - ordinals: bitmap of the ordinals in use
-- - free, offline, stale: bitmaps of agents in the states F, O and S
-- - order: a bitmap per binary digit of the idle time, from the highest digit to digit FIRST_DIGIT.
--   The bit of an agent is 1 where the digit is 0. So an intersection keeps those who are idle for
--   longer
-- - members of a queue, and its read members: bitmaps
-- - a skill at a level: bitmap of the agents with a proficiency of this level or more
-- - scratch and spare: results of BITOP. A script overwrites them before each use
--
-- Parts of a record:
--
-- - idle: the idle time in the agent's latest positions, packed. The bitmaps of the order hold its
--   digits
-- - state: F free; B busy or locked; O offline or not reported; S stale. A claim clears the bit in
--   `free` and leaves the F. The end of the lock writes all bits
-- - last: the end of the last interaction, packed; the time 0 means none
-- - skills: `<declared>|<read>`, each empty or `<13 digits of ms>;` and `<name>=<proficiency>;` per
--   skill. The part is missing until the first skills are stored
--
-- A packed time has seven characters of six bits each: `0` to `p` of ASCII, without the backslash.
-- Packed times sort as the times do, until the year 2109.
--
-- An agent that an earlier version stored has no ordinal, no record, no bits and no positions until
-- `index-member.lua` adds them. The number of bits then differs from the number of members.

-- Digit 4 is worth 16 ms. With digit 41, times reach the year 2109.
local FIRST_DIGIT, LAST_DIGIT = 4, 41
local ORDER_KEYS = LAST_DIGIT - FIRST_DIGIT + 1
-- The packed time 0.
local NO_TIME = '0000000'
-- Where a part begins: the last interaction and the agent in a record, the ordinal in a position.
local LAST_AT, AGENT_AT, ORDINAL_AT = 9, 16, 8

local function packTime(ms)
  local codes = {}
  for at = 7, 1, -1 do
    local value = ms % 64
    codes[at] = value < 44 and value + 48 or value + 49
    ms = (ms - value) / 64
  end
  return string.char(unpack(codes))
end

local function unpackTime(text)
  local ms = 0
  for _, code in ipairs({ string.byte(text, 1, 7) }) do
    ms = ms * 64 + (code < 92 and code - 48 or code - 49)
  end
  return ms
end

-- Returns nil for a text that is no record.
local function parseRecord(text)
  local idle, state, last, agent, skills = string.match(text or '', '^(.......)(%u)(.......)([^|]+)|?(.*)$')
  if not idle then return nil end
  return { idle = idle, state = state, last = last, agent = agent, skills = skills }
end

-- The agent of a record.
local function agentOf(record) return string.match(record, '^[^|]+', AGENT_AT) end
