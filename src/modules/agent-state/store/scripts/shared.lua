-- Functions that the scripts of this folder share. This text is put in front of each script, and is
-- no script alone.
--
-- Laws of every script of this folder:
--
-- 1. A script uses only keys that are in KEYS. So if a slot of the cluster moves, Redis refuses the
--    script before its first command, and not between two commands.
-- 2. All reads and checks come before the first write. The scratch key of `index.lua` is no write
--    in this sense: no script relies on its content.
-- 3. No command uses a key that an earlier command of the script may have deleted. A set is deleted
--    with its last member, and while a slot moves, Redis refuses a key that does not exist.
-- 4. If a script ends after any of its writes, the next script that settles the agent repairs the
--    rest.
--
-- Fields of an agent's hash:
--
-- - p, r, w, c: registers of presence, routing, work and call, `<13 digits of
--   ms><availability>|<platform>|<region>|<raw>`
-- - s: status: AVAILABLE, BUSY or OFFLINE
-- - t: time of the newest register, 13 digits of ms
-- - b: the earliest time since which the agent counts as idle, 13 digits of ms
-- - h: time of the last report, server ms
-- - m: a complete reading of the platform missed the agent at this time, server ms
-- - g: '1' when the platform no longer has the agent; the status is then OFFLINE
-- - i: the idle times for which the agent may have positions, 13 digits each, the current one
--   first. Empty or missing: the agent has no position
--
-- With several regions, the hash of regions has a field per agent whose newest register comes from
-- another region. The value is the name of that region. An agent without a field counts as heard.
-- The field `:` holds the name of this region, so that the key always exists. While a slot moves,
-- Redis refuses a script if one of its keys does not exist. With a single region, no script
-- declares the key.
--
-- A claim skips an agent whose region is silent, unless the agent was reported lately. The claim
-- deletes the agent's position in its queue and adds the agent to the set of silenced agents, as
-- `<region> <agent>`. When the region is heard again, `settle-agent.lua` adds the position again
-- and removes the agent from the set. Until then, an agent of the set may lack positions.
--
-- The hash of an agent's queues has one field per queue, and field `#` with the agent's ordinal.
-- The field of a queue holds the priority score as ten characters. Earlier versions may have stored
-- older scores after it. The source of the membership follows:
--
-- - nothing: a caller declared the membership
-- - `u`: a caller declared the membership without a score. The score is that of the rule
-- - `r`: only the platform has the membership. The packed time of the change follows, or, by an
--   earlier version, 13 digits of ms
-- - `b`: both. The same time follows, then the score of the read membership
-- - `c`: both, and the declaration has no score. The same time follows
--
-- The sorted set of left memberships has a member `<queue> <agent>` per read membership that ended.
-- Its score is the time of the end. So an older join does not bring the membership back.
--
-- A position is a member of a queue's set of free agents: the packed idle time and the ordinal of
-- the agent. The score of the member is the priority score. The idle time is one of those in field
-- i of the agent's hash. So a script finds every position of an agent without a search. A locked
-- agent may still have positions: a claim that finds such a position in its queue deletes it.
--
-- The hash of locks has four kinds of fields:
--
-- - <agent>: the lock of the agent, as `lockText` writes it. The queue of a claim by skill is
--   followed by `|<rule>|<score>`
-- - :<call hash>: the locks of the call, one line per caller: `<caller hash> <token> <agent>`
-- - :fence: the last fence of the tenant
-- - :closed: '1' while no agent of the tenant is claimed in this region
--
-- The call ids in register c and in a lock may be encrypted; no script reads them.

local TTL_MS = 2592000000
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function isSet(field) return field and field ~= '' end
local function timeDigits(ms) return string.format('%013.0f', ms) end

-- `state` is `p` while the claim is pending, `h` when the lock is confirmed, `n` otherwise. `call`
-- and `caller` are hashes, `-` without a call.
local function lockText(lock)
  return table.concat({
    lock.token, lock.fence, lock.untilMs, lock.queue, lock.state, lock.call, lock.caller, lock.callId,
  }, ' ')
end

local function parseLock(text)
  local token, fence, untilMs, queue, state, call, caller, callId =
    string.match(text or '', '^(%S+) (%d+) (%d+) (%S+) (%a) (%S+) (%S+) (.*)$')
  if not token then return nil end
  return {
    token = token, fence = fence, untilMs = tonumber(untilMs), queue = queue, state = state, call = call,
    caller = caller, callId = callId,
  }
end

-- Returns the agent's lock if it has this token and has not expired.
local function activeLock(locks, agent, token)
  local lock = parseLock(redis.call('HGET', locks, agent))
  if lock and lock.token == token and lock.untilMs > now then return lock end
  return nil
end

-- The lines of a call's field without the line of this caller.
local function otherCallers(lines, caller)
  local others = {}
  for line in string.gmatch(lines or '', '[^\n]+') do
    if string.match(line, '^(%S+) ') ~= caller then others[#others + 1] = line end
  end
  return others
end

-- Whether a region is silent. `silent` is `|eu|us|`.
local function isSilent(region, silent) return region and string.find(silent, '|' .. region .. '|', 1, true) end
