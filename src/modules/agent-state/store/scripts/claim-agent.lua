-- Claims the first free agent of a queue.
--
-- KEYS[1]  locks: hash, as `shared.lua` describes it
-- KEYS[2]  known: sorted set of agents by last report, server ms
-- KEYS[3]  leases: sorted set of locked agents by the end of their lock, server ms
-- KEYS[4]  the free agents of the queue
-- KEYS[5]  roster
-- KEYS[6]  free: bitmap
-- KEYS[7]  only with ARGV[10]: regions of agents
-- KEYS[8]  only with ARGV[10]: silenced agents
--
-- ARGV[1]  queue
-- ARGV[2]  age of the last report from which an agent is stale, milliseconds
-- ARGV[3]  hash of the call id; `-`: each request claims another agent
-- ARGV[4]  hash of the caller
-- ARGV[5]  call id
-- ARGV[6]  token of the lock
-- ARGV[7]  how long the lock lasts without a confirmation, milliseconds
-- ARGV[8]  '1' when the claim stays pending until `resolve-claim.lua` resolves it
-- ARGV[9]  the greatest fence that the process has seen, or that another home of the tenant gave
-- ARGV[10] silent regions, `|eu|us|`. The claim skips agents of these regions. Empty means none
-- ARGV[11] only with ARGV[10]: age of the last report from which the claim skips such an agent,
--          milliseconds
--
-- The script knows no keys of agents. An agent in the set is free, unless it is locked or stale:
-- locks and reports are in keys of the tenant. A claim from one queue leaves the agent's positions
-- in its other queues. A later claim from another queue deletes the position there. The end of the
-- lock restores all positions.
--
-- Returns one of these lists:
--
-- - { 0 }: the queue has no free agent.
-- - { 1, agent, token, fence, remaining ms, queue, 1 when pending }: the agent was claimed.
-- - { 2, the same fields }: the agent was claimed before for this call of this caller.
-- - { 3, `<position> <agent>`, … }: these agents are stale or not known. Settle them, then call
--   again.
-- - { 3 }: the claim skipped as many agents as one call looks at. Call again.
-- - { 4, agent, … }: the locks of these agents have expired. Settle the agents, then call again.
-- - { 5 }: claims of the tenant are closed, because another region is its home.

local early = earlierReply()
if early then return early end

-- Agents of a silent region are many at a time, and each costs four reads.
local most = silent and 512 or 64
local claimed, claimedPosition
for index = 0, most - 1 do
  if #unsettled == 64 then break end
  local at = index == 0 and '0' or index
  local position = redis.call('ZRANGE', free, at, at)[1]
  if not position then break end
  local record = redis.call('HGET', roster, string.sub(position, ORDINAL_AT))
  local agent = agentAt(position, record)
  if agent and isClaimable(agent, position, record) then
    claimed, claimedPosition = agent, position
    break
  end
end

-- An agent that is not settled may be the first free agent of the queue.
if #unsettled > 0 or not claimed then
  readSilenced()
  drop()
  if #unsettled > 0 or #dropped == most then return { 3, unpack(unsettled) } end
  return { 0 }
end
return take(claimed, claimedPosition, queue)
