-- Claims an agent of a queue by the skills that a call requires. Thousands of free agents of the
-- queue may lack them.
--
-- KEYS[1…] as `claim-wanted.lua` says
-- KEYS[9]  members of the queue: bitmap
-- KEYS[10] scratch
-- KEYS[11] spare
-- KEYS[12…] bitmap of each required skill at its minimum, rounded down; then the order. With
--          ARGV[10], the regions of agents and the silenced agents follow
--
-- ARGV[1…] as `claim-wanted.lua` says
--
-- 1. The bitmaps give the matches: the free members with the skills.
-- 2. If all free agents of the queue have the same priority score, the order gives the first
--    matches. Each step compares two bitmaps, of 1,250 bytes for 10,000 agents.
-- 3. With several priority scores, the script walks over the free agents and tests one bit per
--    agent. The walk ends after WALKED_PER_MATCH agents per match. Then the script lists all
--    matches.
--
-- Returns a list as `claim-agent.lua` does, or one of these:
--
-- - { 0, 1 }: no member of the queue has the required skills.
-- - { 6 }: the index lacks members of the queue. Index the queue, then call again.

local memberBits, scratch, spare = KEYS[9], KEYS[10], KEYS[11]
-- The first key of the order.
local order = 12 + #requirements
-- A match on the list costs about as much as this many free agents of the walk.
local WALKED_PER_MATCH = 4
-- Matches that the order gives at first, with 'all' and 'disregard'. Few matches are not claimable:
-- their report is old, or their region is silent.
local WANTED = 16
local CHUNK = 100
-- A minimum with decimals needs the skills themselves. Beyond this many members, the bitmaps decide
-- whether the queue has the skills.
local MOST_READ = 2000

local early = earlierReply()
if early then return early end

local function isIndexed() return redis.call('ZCARD', members) == redis.call('BITCOUNT', memberBits) end

-- The agents whose bits are set, and their positions.
local function matchesAmong(agents, positions, bits)
  local matches, matchPositions = {}, {}
  for index, text in ipairs(redis.call('HMGET', roster, unpack(agents))) do
    local ordinal = tonumber(string.match(text or '', '^%d+'))
    local byte = ordinal and string.byte(bits, math.floor(ordinal / 8) + 1) or 0
    if byte > 0 and math.floor(byte / 2 ^ (7 - ordinal % 8)) % 2 == 1 then
      matches[#matches + 1] = agents[index]
      matchPositions[#matchPositions + 1] = positions[index]
    end
  end
  return matches, matchPositions
end

-- Sets the scratch key to the members with the skills at the whole levels, and counts them.
local function countMatches(...)
  local levels = {}
  for index = 1, #requirements do levels[index] = KEYS[11 + index] end
  local bits = { memberBits, ... }
  if evaluation ~= 'disregard' then
    for _, key in ipairs(levels) do bits[#bits + 1] = key end
  end
  redis.call('BITOP', 'AND', scratch, unpack(bits))
  -- Exists from the first comparison on, as `scratch` does: see `shared.lua`, law 3.
  if redis.call('EXISTS', spare) == 0 then redis.call('BITOP', 'OR', spare, memberBits) end
  return redis.call('BITCOUNT', scratch)
end

-- Whether a member, free or not, has the required skills.
local function isSkillThere()
  if isFree then return true end
  local count = countMatches()
  if count == 0 then return false end
  if areWhole(requirements) or count > MOST_READ then return true end
  return #agentsWith(roster, skills, redis.call('GET', scratch), requirements, true) > 0
end

-- The positions of the free members with these ordinals. `score` is the score that all positions of
-- the queue have; nil: they have several.
local function positionsOf(ordinals, score)
  local positions = {}
  for first = 1, #ordinals, CHUNK do
    local slots = slotsAt(roster, ordinals, first, math.min(#ordinals, first + CHUNK - 1))
    if score then
      for _, slot in ipairs(slots) do positions[#positions + 1] = score .. slot end
    elseif #slots > 0 then
      local agents = {}
      for index, slot in ipairs(slots) do agents[index] = string.sub(slot, 15) end
      local scores = redis.call('ZMSCORE', members, unpack(agents))
      for index, slot in ipairs(slots) do
        positions[#positions + 1] = positionOf(slot, scores[index] and tonumber(scores[index]))
      end
    end
  end
  return positions
end

-- Looks at positions in their order. Returns true when the claim is decided.
local function considerInOrder(all)
  for first = 1, #all, CHUNK do
    local last = math.min(#all, first + CHUNK - 1)
    local positions, agents = {}, {}
    -- A silenced agent has the free bit and no position.
    for index, isThere in ipairs(redis.call('ZMSCORE', free, unpack(all, first, last))) do
      if isThere then
        positions[#positions + 1] = all[first + index - 1]
        agents[#agents + 1] = string.sub(all[first + index - 1], 25)
      end
    end
    if #agents > 0 and consider(positions, agents, skillsOf(agents)) then return true end
  end
  return false
end

-- Looks at the first matches, and at more of them until the claim is decided. `count` is the number
-- of bits in `scratch`.
local function considerMatches(count, score, longest, shortest)
  local digits = score and differingDigits(longest, shortest)
  local wanted = isBest and mostCompared or WANTED
  while true do
    candidates, unsettled = {}, {}
    local ordinals = score and wanted < count and longestIdle(scratch, spare, count, wanted, order, digits)
      or ordinalsIn(redis.call('GET', scratch))
    if considerInOrder(firstOf(positionsOf(ordinals, score), wanted)) or wanted >= count then return end
    wanted = 8 * wanted
    countMatches(freeBits)
  end
end

-- Walks over at most `most` free agents. Returns true when the claim is decided, or when no free
-- agent is left.
local function walk(most)
  local bits, from = redis.call('GET', scratch), 0
  while from < most do
    local positions = redis.call('ZRANGE', free, from, from + CHUNK - 1)
    local isEnd = #positions < CHUNK
    local agents = {}
    for index, position in ipairs(positions) do agents[index] = string.sub(position, 25) end
    if #agents > 0 then agents, positions = matchesAmong(agents, positions, bits) end
    if #agents > 0 and consider(positions, agents, skillsOf(agents)) or isEnd then return true end
    from = from + CHUNK
  end
  return false
end

if not isIndexed() then return { 6 } end
local count = countMatches(freeBits)
if count > 0 then
  local score, longest, shortest = commonScore(free)
  if score or not walk(WALKED_PER_MATCH * count) then considerMatches(count, score, longest, shortest) end
end

-- An agent that is not settled may be the first of the queue.
if #unsettled > 0 then
  readSilenced()
  drop()
  return { 3, unpack(unsettled) }
end

-- The greatest sum; then the lowest priority score, the longest time since the last interaction,
-- and the longest idle time.
local function isBetter(left, right)
  if left.sum ~= right.sum then return left.sum > right.sum end
  local leftScore, rightScore = string.sub(left.position, 1, 10), string.sub(right.position, 1, 10)
  if leftScore ~= rightScore then return leftScore < rightScore end
  if left.last ~= right.last then return left.last < right.last end
  return left.position < right.position
end
if #candidates > 0 then
  local agents = {}
  for index, candidate in ipairs(candidates) do agents[index] = candidate.agent end
  local entries = redis.call('HMGET', roster, unpack(agents))
  for index, candidate in ipairs(candidates) do
    local entry = parseEntry(entries[index])
    local last = entry and tonumber(entry.last) or 0
    candidate.last = last + interactionMs <= now and 0 or last
    if not found or isBetter(candidate, found) then found = candidate end
  end
end

if found then return finish(found, evaluation) end
local isThere = isSkillThere()
readSilenced()
drop()
if isThere then return { 0 } end
return { 0, 1 }
