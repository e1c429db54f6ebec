-- Claims an agent of a queue by the skills that a call requires. This script looks at the preferred
-- agents and at the first free agents of the queue. `claim-match.lua` looks at the others.
--
-- KEYS[1…] as `claim-wanted.lua` says
-- KEYS[8…] the queues of each preferred agent. With ARGV[10], the regions of agents and the
--          silenced agents follow
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

-- Free agents at which the walk looks, in steps: the first rank, the last rank, and how many. Ranks
-- are text, because Redis converts each number of a command with `printf`.
local STEPS = { { '0', '7', 8 }, { '8', '23', 16 }, { '24', '63', 40 } }

local early = earlierReply()
if early then return early end

local firstPreferred = 16 + 2 * #requirements
for index = firstPreferred, #ARGV do
  local agent = ARGV[index]
  local isMember, ordinal = unpack(redis.call('HMGET', KEYS[8 + index - firstPreferred], queue, '#'))
  if isMember then
    local record = ordinal and redis.call('HGET', roster, ordinal)
    if not record then return { 6 } end
    local position = string.sub(record, 1, 7) .. ordinal
    local sum = sumOf(record, requirements, isFree)
    if sum and redis.call('ZSCORE', free, position) and isClaimable(agent, position, record) then
      return finish({ agent = agent, position = position, sum = sum }, 'preferred')
    end
  end
end
if isBest then return { 7 } end

for _, step in ipairs(STEPS) do
  local first, last, count = unpack(step)
  local positions = redis.call('ZRANGE', free, first, last)
  if #positions > 0 and consider(positions, recordsOf(positions)) or #positions < count then break end
end
if found and #unsettled == 0 then return finish(found, evaluation) end

-- An agent that is not settled may be the first of the queue.
readSilenced()
drop()
if #unsettled > 0 then return { 3, unpack(unsettled) } end
return { 7 }
