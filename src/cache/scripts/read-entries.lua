-- Reads entries. Takes the lease of each entry that must be loaded, if no reader is loading it.
--
-- KEYS[1…] entry keys, each once
-- KEYS[…]  keys of texts that the reader needs before a load. The script reads them only if it
--          grants a lease, or if another reader is loading. In a cluster there are none
--
-- ARGV[1]  number of entry keys
-- ARGV[2]  floor, Unix ms: a value whose load began before counts as missing; 0: no floor
-- ARGV[3…] four arguments for each entry key:
--          - format that the reader can serve
--          - lease token of the reader
--          - lease, milliseconds
--          - T, milliseconds; '' with a single region
--            '-' instead of T: delete the value first, because the reader could not read it
-- ARGV[…]  with several regions, two more arguments:
--          - H, Unix ms: every invalidation that any region acknowledged before H is applied here
--          - smallest T of the keys
--
-- A value counts as missing if its load began more than T ago, and H is more than T ago too.
--
-- Returns for each entry { state, version, fresh for ms, value, detail, note, now }. The last three
-- are missing when the value is fresh and has the reader's format. If Redis cannot grant a lease
-- for an entry, for example because its memory is full, the reply for this entry is the error. The
-- other entries are read. If the script read the texts, their list comes last: '0' for a key that
-- does not exist, '' for a key without a text.
--
-- - state: 0 nothing to load; 1 the reader has the lease; 2 another reader is loading; 3 backoff
--   after a failure.
-- - fresh for ms: negative for a stale value, 0 without a value.
-- - value: '' for none.
-- - detail: in state 1, the failures in a row before this load; in state 3, the reason of the
--   failure.
-- - note 1: the key was no hash, and the script deleted it.
-- - note 2: the value counts as missing because of the floor or of T.
-- - note 3: the value has another format, and has all fields of the reader.
-- - note 4: the value has another format, and lacks fields of the reader.
-- - now: in state 1, when the load began, Unix ms.
--
-- Fields of the hash. All times are of this server's clock, so the clocks of the processes need not
-- agree:
--
-- - f: format
-- - v: value
-- - a: when the load of the value began
-- - x: end of the fresh time
-- - z: when the entry expires
-- - g: version
-- - l: lease token
-- - u: end of the lease
-- - b: end of the backoff
-- - e: reason of the failure
-- - n: failures in a row
-- - r: when a value of another format was last replaced

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entries, floor = tonumber(ARGV[1]), tonumber(ARGV[2])
local heard = ARGV[entries * 4 + 3]
local unheard = heard and now - heard
if unheard and unheard <= tonumber(ARGV[entries * 4 + 4]) then unheard = nil end

-- No lease and no backoff ends more than 60 s from now. The script ignores a later end: another
-- program wrote it, or the clock has been set back since.
local function ahead(moment) return moment ~= nil and now < moment and moment < now + 60000 end

-- `answer-format.ts` defines the layout of a format. This function does the same as `formatFit`
-- there.
local HEAD, FIELD, NAME = 19, 8, 3
local function fit(stored, wanted)
  if not stored or string.sub(stored, 1, HEAD) ~= string.sub(wanted, 1, HEAD) then return nil end
  local declared, names, common, fields = {}, 0, 0, 0
  for at = HEAD + 1, #stored, FIELD do
    local name = string.sub(stored, at, at + NAME - 1)
    if not declared[name] then names = names + 1 end
    declared[name] = string.sub(stored, at + NAME, at + FIELD - 1)
  end
  for at = HEAD + 1, #wanted, FIELD do
    local has = declared[string.sub(wanted, at, at + NAME - 1)]
    if has and has ~= string.sub(wanted, at + NAME, at + FIELD - 1) then return nil end
    if has then common = common + 1 end
    fields = fields + 1
  end
  if common == 0 then return nil end
  if common == fields then return 'whole' end
  return common == names and 'fewer' or 'mixed'
end

-- Two formats that each lack a field of the other would replace each other at every read.
local function replaced_lately(key)
  local since = now - (tonumber(redis.call('HGET', key, 'r')) or 0)
  return since >= 0 and since < 10000
end

-- Nearly all reads end in the first half: six fields read, nothing written.
local function read(key, format, token, lease_for, within)
  local entry, note = redis.pcall('HMGET', key, 'f', 'v', 'x', 'z', 'g', 'a'), 0
  if entry.err then
    redis.call('DEL', key)
    entry, note = {}, 1
  end
  local version, value, fresh_for = entry[5] or '', '', 0
  if within == '-' then
    if entry[2] then redis.call('HDEL', key, 'f', 'v', 'x', 'z', 'a') end
  elseif entry[2] and tonumber(entry[3]) and now < (tonumber(entry[4]) or 0) then
    local as = entry[1] == format and 'same' or fit(entry[1], format)
    local earliest = floor
    if unheard and unheard > tonumber(within) then earliest = math.max(floor, now - within) end
    if as and (earliest == 0 or (tonumber(entry[6]) or 0) >= earliest) then
      value = entry[2]
      fresh_for = entry[3] - now
      if as == 'same' then
        if fresh_for > 0 then return { 0, version, fresh_for, value } end
      else
        note = as == 'whole' and 3 or 4
        local needs_no_load = as == 'whole' or (as == 'mixed' and replaced_lately(key))
        if fresh_for > 0 and needs_no_load then return { 0, version, fresh_for, value, '', note } end
      end
    elseif as then
      note = 2
    end
  end

  local load = redis.call('HMGET', key, 'l', 'u', 'b', 'e', 'n')
  if load[1] and ahead(tonumber(load[2])) then return { 2, version, fresh_for, value, '', note } end
  if ahead(tonumber(load[3])) then return { 3, version, fresh_for, value, load[4] or '', note } end

  -- A version must only be new for this key. The token is random and is used for one lease only.
  if version == '' then version = token end
  redis.call('HSET', key, 'g', version, 'l', token, 'u', now + lease_for)
  -- The key must outlive the lease and the backoff after it. The key holds the count of failures,
  -- and the version that a late holder is checked against. The value has a separate expiry, because
  -- a lease must not extend the life of the value.
  local needed = lease_for + 10000
  if redis.call('PTTL', key) < needed then redis.call('PEXPIRE', key, needed) end
  return { 1, version, fresh_for, value, tonumber(load[5]) or 0, note, now }
end

local replies, loads = {}, false
for at = 1, entries do
  local done, reply = pcall(read, KEYS[at], unpack(ARGV, at * 4 - 1, at * 4 + 2))
  if not done and type(reply) ~= 'table' then reply = { err = tostring(reply) } end
  loads = loads or reply[1] == 1 or reply[1] == 2
  replies[at] = reply
end
-- The same script took the lease, so no invalidation came between the lease and these texts.
if loads and #KEYS > entries then
  local texts = {}
  for at = entries + 1, #KEYS do
    local text = redis.pcall('GET', KEYS[at])
    texts[at - entries] = type(text) == 'table' and '' or text or '0'
  end
  replies[entries + 1] = texts
end
return replies
