-- Requests of wrk, for one customer after another. Arguments after "--":
--   1  post, get, whole or claim
--   2  number of customers
--   3  API key
-- The requests are built once, before the measurement. The last printed line is the result as JSON,
-- with durations in microseconds.

local requests, at = {}, 0

function init(args)
  local method, count, key = args[1], tonumber(args[2]), args[3]
  for n = 1, count do
    local ani = string.format('1555%04d', n)
    local headers = { ['X-API-Key'] = key }
    if method == 'post' then
      headers['Content-Type'] = 'application/json'
      requests[n] = wrk.format('POST', '/lookup/customer', headers, '{"ani":"' .. ani .. '"}')
    elseif method == 'whole' then
      headers['Content-Type'] = 'application/json'
      requests[n] = wrk.format('POST', '/lookup/caller', headers, '{"ani":"' .. ani .. '"}')
    elseif method == 'claim' then
      requests[n] = wrk.format('GET', '/agents/available?queueId=bench&callId=call-' .. n, headers)
    else
      requests[n] = wrk.format('GET', '/lookup/customer?ani=' .. ani, headers)
    end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\n{"durationUs":%d,"requests":%d,"failed":%d,"p50Us":%d,"p99Us":%d}\n', summary.duration,
    summary.requests, failed, latency:percentile(50), latency:percentile(99)))
end
