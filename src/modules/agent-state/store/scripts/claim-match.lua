-- Claims an agent of a queue by the skills that a call requires. Thousands of free agents of the
-- queue may lack them.
--
-- KEYS[1…] as `claim-wanted.lua` says
-- KEYS[8]  members of the queue: bitmap
-- KEYS[9]  scratch
-- KEYS[10] spare
-- KEYS[11…] bitmap of each required skill at its minimum, rounded down; then the order. With
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

local memberBits, scratch, spare = KEYS[8], KEYS[9], KEYS[10]
-- The first key of the order.
local order = 11 + #requirements
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

-- The positions whose bits are set. With `scores`, their scores too.
local function matchesAmong(positions, scores, bits)
  local matches, matchScores = {}, {}
  for index, position in ipairs(positions) do
    local ordinal = tonumber(string.sub(position, ORDINAL_AT))
    local byte = string.byte(bits, math.floor(ordinal / 8) + 1) or 0
    if byte > 0 and math.floor(byte / 2 ^ (7 - ordinal % 8)) % 2 == 1 then
      matches[#matches + 1] = position
      matchScores[#matches] = scores and scores[index]
    end
  end
  return matches, scores and matchScores
end

-- Sets the scratch key to the members with the skills at the whole levels, and counts them.
local function countMatches(...)
  local levels = {}
  for index = 1, #requirements do levels[index] = KEYS[10 + index] end
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
  return countWith(roster, redis.call('GET', scratch), requirements, true) > 0
end

-- The positions of the free members with these ordinals, as texts that sort as the queue does, and
-- the records by text. With `isScored`, the queue has several priority scores, and each text begins
-- with ten characters of the score.
local function listed(ordinals, isScored)
  local texts, recordByText = {}, {}
  for first = 1, #ordinals, CHUNK do
    local names, records = recordsAt(roster, ordinals, first, math.min(#ordinals, first + CHUNK - 1))
    local positions = {}
    for index, name in ipairs(names) do positions[index] = string.sub(records[index] or NO_TIME, 1, 7) .. name end
    local scores = isScored and redis.call('ZMSCORE', free, unpack(positions))
    for index, position in ipairs(positions) do
      if records[index] and (not scores or scores[index]) then
        local text = scores and string.format('%010.3f', scores[index]) .. position or position
        texts[#texts + 1], recordByText[text] = text, records[index]
      end
    end
  end
  return texts, recordByText
end

-- Looks at positions in their order. Returns true when the claim is decided. `positionFrom` is
-- where the position begins in a text.
local function considerInOrder(texts, recordByText, positionFrom)
  for first = 1, #texts, CHUNK do
    local positions = {}
    for index = first, math.min(#texts, first + CHUNK - 1) do
      positions[#positions + 1] = string.sub(texts[index], positionFrom)
    end
    local there, records, scores = {}, {}, {}
    -- A silenced agent has the free bit and no position.
    for index, score in ipairs(redis.call('ZMSCORE', free, unpack(positions))) do
      if score then
        there[#there + 1] = positions[index]
        records[#there], scores[#there] = recordByText[texts[first + index - 1]], tonumber(score)
      end
    end
    if #there > 0 and consider(there, records, scores) then return true end
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
    local texts, recordByText = listed(ordinals, not score)
    if considerInOrder(firstOf(texts, wanted), recordByText, score and 1 or 11) or wanted >= count then return end
    wanted = 8 * wanted
    countMatches(freeBits)
  end
end

-- The positions between two ranks and, with 'best', their scores.
local function readFree(from, to)
  if not isBest then return redis.call('ZRANGE', free, from, to), nil end
  local pairsThere, positions, scores = redis.call('ZRANGE', free, from, to, 'WITHSCORES'), {}, {}
  for index = 1, #pairsThere, 2 do
    positions[#positions + 1], scores[#scores + 1] = pairsThere[index], tonumber(pairsThere[index + 1])
  end
  return positions, scores
end

-- Walks over at most `most` free agents. Returns true when the claim is decided, or when no free
-- agent is left.
local function walk(most)
  local bits, from = redis.call('GET', scratch), 0
  while from < most do
    local positions, scores = readFree(from, from + CHUNK - 1)
    local isEnd = #positions < CHUNK
    positions, scores = matchesAmong(positions, scores, bits)
    if #positions > 0 and consider(positions, recordsOf(positions), scores) or isEnd then return true end
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
  if left.score ~= right.score then return left.score < right.score end
  if left.last ~= right.last then return left.last < right.last end
  return left.position < right.position
end
for _, candidate in ipairs(candidates) do
  local last = unpackTime(string.sub(candidate.record, LAST_AT))
  candidate.last = last + interactionMs <= now and 0 or last
  if not found or isBetter(candidate, found) then found = candidate end
end

if found then return finish(found, evaluation) end
local isThere = isSkillThere()
readSilenced()
drop()
if isThere then return { 0 } end
return { 0, 1 }
