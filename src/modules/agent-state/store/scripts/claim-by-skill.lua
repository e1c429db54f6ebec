-- Claims a free agent of a queue by the skills that a call requires. The file exceeds 220 lines
-- because a script is one file.
--
-- KEYS[1]  locks
-- KEYS[2]  known
-- KEYS[3]  leases
-- KEYS[4]  the free agents of the queue
-- KEYS[5]  roster
-- KEYS[6]  free: bitmap
-- KEYS[7]  members of the queue
-- KEYS[8]  members of the queue: bitmap
-- KEYS[9]  skills
-- KEYS[10] scratch
-- KEYS[11] spare
-- KEYS[12…] the 34 keys of the order, as `index.lua` describes it
-- KEYS[46…] bitmap of each required skill at its minimum, rounded down; then with ARGV[10] the
--          regions of agents and the silenced agents
--
-- ARGV[1] to ARGV[11] as in `claim-agent.lua`
-- ARGV[12] evaluation: 'all', 'best' or 'disregard'
-- ARGV[13] with 'best', only this many free agents that meet the requirements are compared
-- ARGV[14] with 'best', an interaction before this age counts as none, milliseconds
-- ARGV[15] number of requirements; then a skill and a minimum each
-- ARGV[…]  the preferred agents
--
-- 1. The preferred agents are looked at.
-- 2. The script walks the first free agents of the queue and reads their skills. If enough agents
--    have the skills, this is the cheapest way.
-- 3. Otherwise the bitmaps give the matches: the free members with the skills. If all free agents
--    of the queue have the same priority score, the order gives the first matches.
-- 4. With several priority scores, the script walks on and tests one bit per free agent. The walk
--    ends after WALKED_PER_MATCH agents per match. Then the script lists all matches.
--
-- Steps 1 to 3 cost about as much among 10,000 agents as among 100.
--
-- Returns a list as `claim-agent.lua` does, or one of these:
--
-- - { 0, 1 }: no member of the queue has the required skills.
-- - { 6 }: the index lacks members of the queue. Index the queue, then call again.
--
-- The queue of the lock is followed by `|<rule>|<score>`.

local members, memberBits, skills, scratch, spare = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
-- The first key of the order.
local ORDER = 12
-- Free agents that the walk looks at before the bitmaps, in two steps.
local FIRST_STEP, SECOND_STEP = 16, 64
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

local evaluation, mostCompared, interactionMs = ARGV[12], tonumber(ARGV[13]), tonumber(ARGV[14])
local requirements = readRequirements(15)
local isFree = evaluation == 'disregard' or #requirements == 0
local isBest = evaluation == 'best'
local candidates, found = {}, nil

-- Looks at free agents in the order of the queue. Returns true when the claim is decided.
local function consider(positions, agents, texts)
  for index, agent in ipairs(agents) do
    if #unsettled == 64 then return true end
    local sum = sumOf(texts[index] or '', requirements, isFree)
    if sum and isClaimable(agent, positions[index]) then
      local candidate = { agent = agent, position = positions[index], sum = sum }
      if not isBest then
        found = candidate
        return true
      end
      candidates[#candidates + 1] = candidate
      if #candidates == mostCompared then return true end
    end
  end
  return false
end

local function skillsOf(agents)
  if #requirements == 0 then return {} end
  return redis.call('HMGET', skills, unpack(agents))
end

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

-- Returns whether the claim is decided, and whether the walk came to the end of the free agents.
-- With `bits`, only the agents whose bits are set are looked at.
local function walk(first, last, bits)
  local positions = redis.call('ZRANGE', free, first, last)
  local isEnd = #positions < last - first + 1
  local agents = {}
  for index, position in ipairs(positions) do agents[index] = string.sub(position, 25) end
  if bits and #agents > 0 then agents, positions = matchesAmong(agents, positions, bits) end
  if #agents == 0 then return false, isEnd end
  return consider(positions, agents, skillsOf(agents)), isEnd
end

local function finish(candidate, rule)
  local score = string.format('%.2f', candidate.sum / 100)
  return take(candidate.agent, candidate.position, queue .. '|' .. rule .. '|' .. score)
end

-- The position that a free member must have. `slot` is the field of its ordinal in the roster.
local function positionOf(slot, score)
  return slot and score and string.format('%010.3f', score) .. slot or nil
end

local function isIndexed() return redis.call('ZCARD', members) == redis.call('BITCOUNT', memberBits) end

local preferredAt = 16 + 2 * #requirements
if ARGV[preferredAt] and not isIndexed() then return { 6 } end
for index = preferredAt, #ARGV do
  local agent = ARGV[index]
  local entry = parseEntry(redis.call('HGET', roster, agent))
  local slot = entry and redis.call('HGET', roster, '#' .. entry.ordinal)
  local position = positionOf(slot, redis.call('ZSCORE', members, agent))
  local sum = position and sumOf(skillsOf({ agent })[1] or '', requirements, isFree)
  if sum and redis.call('ZSCORE', free, position) and isClaimable(agent, position) then
    return finish({ agent = agent, position = position, sum = sum }, 'preferred')
  end
end

-- Sets the scratch key to the members with the skills at the whole levels, and counts them.
local function countMatches(...)
  local levels = {}
  for index = 1, #requirements do levels[index] = KEYS[ORDER + ORDER_KEYS - 1 + index] end
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
    local positions, agents = {}, {}
    for index = first, math.min(#all, first + CHUNK - 1) do
      -- A silenced agent has the free bit and no position.
      if redis.call('ZSCORE', free, all[index]) then
        positions[#positions + 1] = all[index]
        agents[#agents + 1] = string.sub(all[index], 25)
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
    local ordinals = score and wanted < count and longestIdle(scratch, spare, count, wanted, ORDER, digits)
      or ordinalsIn(redis.call('GET', scratch))
    if considerInOrder(firstOf(positionsOf(ordinals, score), wanted)) or wanted >= count then return end
    wanted = 8 * wanted
    countMatches(freeBits)
  end
end

local isDecided, isEnd = walk(0, FIRST_STEP - 1)
if not isDecided and not isEnd then isDecided, isEnd = walk(FIRST_STEP, SECOND_STEP - 1) end
if not isDecided and not isEnd and #unsettled == 0 then
  if not isIndexed() then return { 6 } end
  local count = countMatches(freeBits)
  local score, longest, shortest = commonScore(free)
  if not score then
    local bits = count > 0 and redis.call('GET', scratch)
    local from = SECOND_STEP
    while from < SECOND_STEP + WALKED_PER_MATCH * count and not isDecided and not isEnd do
      isDecided, isEnd = walk(from, from + CHUNK - 1, bits)
      from = from + CHUNK
    end
  end
  if not isDecided and not isEnd and count > 0 then considerMatches(count, score, longest, shortest) end
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
if not isIndexed() then return { 6 } end
return { 0, 1 }
