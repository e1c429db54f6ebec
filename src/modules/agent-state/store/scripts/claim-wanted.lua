-- Functions of the two scripts that claim by skill. This text is put in front of them, and is no
-- script alone. Both have these keys and arguments:
--
-- KEYS[1] to KEYS[6] and ARGV[1] to ARGV[11] as in `claim-agent.lua`
-- KEYS[7]  members of the queue
-- ARGV[12] evaluation: 'all', 'best' or 'disregard'
-- ARGV[13] with 'best', only this many free agents that meet the requirements are compared
-- ARGV[14] with 'best', an interaction before this age counts as none, milliseconds
-- ARGV[15] number of requirements; then `;<skill>=` and a minimum each
--
-- The queue of the lock is followed by `|<rule>|<score>`.

local members = KEYS[7]
local evaluation, mostCompared, interactionMs = ARGV[12], tonumber(ARGV[13]), tonumber(ARGV[14])
local requirements = readRequirements(15)
local isFree = evaluation == 'disregard' or #requirements == 0
local isBest = evaluation == 'best'
local candidates, found = {}, nil

-- Looks at free agents in the order of the queue. Returns true when the claim is decided. `scores`
-- are the priority scores of the positions, only with 'best'.
local function consider(positions, records, scores)
  local matches, agents = {}, {}
  for index, position in ipairs(positions) do
    local record = records[index]
    local sum = sumOf(record or '', requirements, isFree)
    local agent = (sum or not record) and agentAt(position, record)
    if agent then
      local match = { agent = agent, position = position, record = record, sum = sum, score = scores and scores[index] }
      if not isBest and isClaimable(agent, position, record) then
        found = match
        return true
      end
      if #unsettled == 64 then return true end
      matches[#matches + 1], agents[#agents + 1] = match, agent
    end
  end
  if not isBest or #matches == 0 then return false end
  for index, report in ipairs(readReports(agents)) do
    if #unsettled == 64 then return true end
    local match = matches[index]
    if isClaimable(match.agent, match.position, match.record, report) then candidates[#candidates + 1] = match end
    if #candidates == mostCompared then return true end
  end
  return false
end

-- The records of positions.
local function recordsOf(positions)
  local ordinals = {}
  for index, position in ipairs(positions) do ordinals[index] = string.sub(position, ORDINAL_AT) end
  return redis.call('HMGET', roster, unpack(ordinals))
end

local function finish(candidate, rule)
  local score = string.format('%.2f', candidate.sum / 100)
  return take(candidate.agent, candidate.position, queue .. '|' .. rule .. '|' .. score)
end
