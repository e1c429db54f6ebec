-- Lists the silenced agents whose region is heard again. Claims have removed these agents from the
-- free agents of queues, because their region was silent.
--
-- KEYS[1]  silenced: sorted set of `<region> <agent>`, all with score 0
--
-- ARGV[1]  most agents to return
-- ARGV[2]  silent regions, `|eu|us|`; empty: none
--
-- The script skips all agents of a silent region in one step.
--
-- Returns { `<region> <agent>`, … }.

local most, silent = tonumber(ARGV[1]), ARGV[2]
local found, from = {}, '-'
while #found < most do
  local page = redis.call('ZRANGE', KEYS[1], from, '+', 'BYLEX', 'LIMIT', 0, most)
  if #page == 0 then break end
  for _, member in ipairs(page) do
    local region = string.match(member, '^(%S*)')
    if string.find(silent, '|' .. region .. '|', 1, true) then
      -- The character after the space: no member of the region is greater.
      from = '[' .. region .. '!'
      break
    end
    if #found < most then found[#found + 1] = member end
    from = '(' .. member
  end
end
return found
