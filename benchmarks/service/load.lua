-- Each request checks one new article of 150 random words. At the end one line of JSON says how it went.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  run = args[1]
  math.randomseed(tonumber(args[2]) + number)
  sent, words = 0, {}
  for i = 1, 5000 do words[i] = "word" .. i end
  refused = 0
end

function request()
  sent = sent + 1
  local text = {}
  for i = 1, 150 do text[i] = words[math.random(#words)] end
  local body = string.format('{"id":"%s-%d-%d","text":"%s"}', run, number, sent, table.concat(text, " "))
  return wrk.format("POST", "/v1/check", { ["Content-Type"] = "application/json" }, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.3f, "mean_ms": %.3f, "p50_ms": %.3f, "p99_ms": %.3f, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency.mean / 1e3, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
