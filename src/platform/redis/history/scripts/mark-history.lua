-- Writes the marker of a process into the record of a Redis node. Reports whether the record still
-- holds the previous marker of the process.
--
-- KEYS[1]  record of the node
--
-- ARGV[1]  process
-- ARGV[2]  number of this marker: one more than the number of the previous marker
-- ARGV[3]  history of the node that the process has checked
-- ARGV[4]  time of a loss of data on this node, Unix ms; '' for none
-- ARGV[5]  time of a loss of data on another node, Unix ms; '' for none
-- ARGV[6]  '1' when all processes agree on the history, else ''
-- ARGV[7]  lifetime of the record, milliseconds
-- ARGV[8]  age at which the marker of a process that ended is removed, milliseconds
-- ARGV[9]  number of the last marker that the node has acknowledged to the process. If the record
--          lacks this marker and ARGV[4] is '', the script writes nothing: a new marker would hide
--          the loss
--
-- Returns { server ms, previous, lost, floor }.
--
-- - previous: number of the previous marker; -1 when the record has no marker of the process.
-- - lost: time of the last loss on this node, Unix ms; 0 for none.
-- - floor: time of the last loss on any node, Unix ms; 0 for none.
--
-- Fields of the record:
--
-- - id: history on which the processes agree
-- - lost, floor: as in the reply
-- - m:<process>: marker, `<number> <server ms> <history>`

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local field = 'm:' .. ARGV[1]
local stored = redis.call('HMGET', KEYS[1], field, 'lost', 'floor')
local before = tonumber(string.match(stored[1] or '', '^%d+')) or -1
local lost = math.max(tonumber(stored[2]) or 0, tonumber(ARGV[4]) or 0)
local floor = math.max(tonumber(stored[3]) or 0, tonumber(ARGV[5]) or 0, lost)
if math.max(before, 0) < tonumber(ARGV[9]) and ARGV[4] == '' then return { now, before, lost, floor } end
local ended = {}
if before < 0 then
  local all = redis.call('HGETALL', KEYS[1])
  for at = 1, #all, 2 do
    local writtenMs = tonumber(string.match(all[at + 1], '^%d+ (%d+)'))
    if string.sub(all[at], 1, 2) == 'm:' and (not writtenMs or writtenMs + ARGV[8] < now) then ended[#ended + 1] = all[at] end
  end
end

-- Markers may overtake each other in a cluster. The number never falls.
local count = string.format('%.0f', math.max(before, tonumber(ARGV[2])))
local fields = { field, count .. ' ' .. string.format('%.0f', now) .. ' ' .. ARGV[3] }
if ARGV[4] ~= '' or ARGV[5] ~= '' then
  for _, text in ipairs({ 'lost', string.format('%.0f', lost), 'floor', string.format('%.0f', floor) }) do
    fields[#fields + 1] = text
  end
end
if ARGV[6] == '1' then
  fields[#fields + 1] = 'id'
  fields[#fields + 1] = ARGV[3]
end
redis.call('HSET', KEYS[1], unpack(fields))
if #ended > 0 then redis.call('HDEL', KEYS[1], unpack(ended)) end
redis.call('PEXPIRE', KEYS[1], ARGV[7])
return { now, before, lost, floor }
