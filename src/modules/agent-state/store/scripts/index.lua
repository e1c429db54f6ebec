-- Functions for the index of agents. This text is put in front of `shared.lua`, and is no script
-- alone.
--
-- The index answers which members of a queue are free and have some skills, with bitmaps. Each
-- agent with a queue or a skill has a number in its tenant, its ordinal. In every bitmap, the bit
-- at this offset stands for the agent. Ordinals are used again, so the bitmaps stay dense.
--
-- Keys of the index. None has a TTL, because memberships and skills have none.
--
-- - roster: hash. <agent>: `<ordinal> <state> <last> <skilled>`. #<ordinal>: `<idle>:<agent>`
-- - ordinals: bitmap of the ordinals in use
-- - free, offline, stale: bitmaps of agents in the states F, O and S
-- - order: a bitmap per binary digit of the idle time, from the highest digit to digit FIRST_DIGIT.
--   The bit of an agent is 1 where the digit is 0. So an intersection keeps those who are idle for
--   longer
-- - members of a queue, and its read members: bitmaps
-- - a skill at a level: bitmap of the agents with a proficiency of this level or more
-- - scratch and spare: results of BITOP. A script overwrites them before each use
--
-- Parts of an entry of the roster:
--
-- - state: F free; B busy or locked; O offline or not reported; S stale. A claim clears the bit in
--   `free` and leaves the F. The end of the lock writes all bits
-- - idle: the idle time in the agent's latest positions, 13 digits of ms. The bitmaps of the order
--   hold its digits
-- - last: the end of the last interaction, Unix ms; 0: none
-- - skilled: 1 when the agent has skills
--
-- An agent that an earlier version stored has no entry and no bits until `index-member.lua` adds
-- both. The number of bits then differs from the number of members.

-- Digit 4 is worth 16 ms. With digit 41, times reach the year 2109.
local FIRST_DIGIT, LAST_DIGIT = 4, 41
local ORDER_KEYS = LAST_DIGIT - FIRST_DIGIT + 1
-- The idle time of an agent that never had a position.
local NO_IDLE = '0000000000000'

-- Parses an entry of the roster, without the idle time.
local function parseEntry(text)
  local ordinal, state, last, skilled = string.match(text or '', '^(%d+) (%u) (%d+) (%d)$')
  if not ordinal then return nil end
  return { ordinal = ordinal, state = state, last = last, skilled = skilled }
end
