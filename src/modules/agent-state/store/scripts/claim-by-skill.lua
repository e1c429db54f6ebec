-- Claims an agent of a queue by the skills that a call requires. This script looks at the preferred
-- agents and at the first free agents of the queue. `claim-match.lua` looks at the others.
--
-- KEYS[1…] as `claim-wanted.lua` says
-- KEYS[9…] only with ARGV[10]: the regions of agents and the silenced agents
--
-- ARGV[1…] as `claim-wanted.lua` says; then the preferred agents
--
-- If the skills are common, this script finds the agent, and needs no bitmaps. It costs about as
-- much as a claim without skills.
--
-- Returns a list as `claim-agent.lua` does, or one of these:
--
-- - { 6 }: the index lacks a preferred agent. Index the queue, then call again.
-- - { 7 }: call `claim-match.lua`.

-- Free agents at which the walk looks, in steps.
local STEPS = { 8, 24, 64 }

local early = earlierReply()
if early then return early end

for index = 16 + 2 * #requirements, #ARGV do
  local agent = ARGV[index]
  local score = redis.call('ZSCORE', members, agent)
  if score then
    local entry = parseEntry(redis.call('HGET', roster, agent))
    if not entry then return { 6 } end
    local position = positionOf(redis.call('HGET', roster, '#' .. entry.ordinal), score)
    local sum = position and sumOf(skillsOf({ agent })[1] or '', requirements, isFree)
    if sum and redis.call('ZSCORE', free, position) and isClaimable(agent, position) then
      return finish({ agent = agent, position = position, sum = sum }, 'preferred')
    end
  end
end
if isBest then return { 7 } end

local walked = 0
for _, step in ipairs(STEPS) do
  local positions, agents = redis.call('ZRANGE', free, walked, step - 1), {}
  for index, position in ipairs(positions) do agents[index] = string.sub(position, 25) end
  if #agents > 0 and consider(positions, agents, skillsOf(agents)) or #agents < step - walked then break end
  walked = step
end
if found and #unsettled == 0 then return finish(found, evaluation) end

-- An agent that is not settled may be the first of the queue.
readSilenced()
drop()
if #unsettled > 0 then return { 3, unpack(unsettled) } end
return { 7 }
