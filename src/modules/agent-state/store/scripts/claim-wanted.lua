-- Functions of the two scripts that claim by skill. This text is put in front of them, and is no
-- script alone. Both have these keys and arguments:
--
-- KEYS[1] to KEYS[6] and ARGV[1] to ARGV[11] as in `claim-agent.lua`
-- KEYS[7]  members of the queue
-- KEYS[8]  skills
-- ARGV[12] evaluation: 'all', 'best' or 'disregard'
-- ARGV[13] with 'best', only this many free agents that meet the requirements are compared
-- ARGV[14] with 'best', an interaction before this age counts as none, milliseconds
-- ARGV[15] number of requirements; then the pattern of a skill and a minimum each
--
-- The queue of the lock is followed by `|<rule>|<score>`.

local members, skills = KEYS[7], KEYS[8]
local evaluation, mostCompared, interactionMs = ARGV[12], tonumber(ARGV[13]), tonumber(ARGV[14])
local requirements = readRequirements(15)
local isFree = evaluation == 'disregard' or #requirements == 0
local isBest = evaluation == 'best'
local candidates, found = {}, nil

-- Looks at free agents in the order of the queue. Returns true when the claim is decided.
local function consider(positions, agents, texts)
  local reports = isBest and readReports(agents)
  for index, agent in ipairs(agents) do
    if #unsettled == 64 then return true end
    local sum = sumOf(texts[index] or '', requirements, isFree)
    if sum and isClaimable(agent, positions[index], reports and reports[index]) then
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

-- The position that a free member must have. `slot` is the field of its ordinal in the roster.
local function positionOf(slot, score)
  return slot and score and string.format('%010.3f', score) .. slot or nil
end

local function finish(candidate, rule)
  local score = string.format('%.2f', candidate.sum / 100)
  return take(candidate.agent, candidate.position, queue .. '|' .. rule .. '|' .. score)
end
