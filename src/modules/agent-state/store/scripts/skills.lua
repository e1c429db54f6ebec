-- Functions of the scripts that ask for skills. This text is put in front of them, and is no script
-- alone. `matches.lua` has the functions that need bitmaps.

-- Requirements from `ARGV[first]`: their number, then `;<skill>=` and a minimum each.
local function readRequirements(first)
  local requirements = {}
  for index = 1, tonumber(ARGV[first]) do
    local at = first + 2 * index - 1
    requirements[index] = { mark = ARGV[at], minimum = tonumber(ARGV[at + 1]) }
  end
  return requirements
end

-- The sum of an agent's proficiencies in the required skills, in hundredths. Returns nil when the
-- agent does not meet a requirement, unless `isFree` of requirements. The first proficiency of a
-- name counts.
local function sumOf(record, requirements, isFree)
  local sum = 0
  for _, requirement in ipairs(requirements) do
    -- A search for plain text takes a tenth of the time of a pattern.
    local _, markEnd = string.find(record, requirement.mark, AGENT_AT, true)
    local level = markEnd and tonumber(string.match(record, '^[%d.]+', markEnd + 1))
    if not isFree and (not level or level < requirement.minimum) then return nil end
    sum = sum + math.floor((level or 0) * 100 + 0.5)
  end
  return sum
end
