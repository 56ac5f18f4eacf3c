-- wrk -s requests.lua URL -- JOBS BODY AUTHORIZATION WANTED THREADS
-- JOBS: a line a request, "path TAB call id TAB caller"; no line is used twice. BODY: the request's body with @CALL@
-- and @CALLER@ in it. Every answer must be 200 and hold WANTED; what is not is counted, and the first is shown.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  local count, line_number = tonumber(args[5]), 0
  wanted, jobs, sent, answered, wrong, used_up, fault = args[4], {}, 0, 0, 0, 0, ""
  for line in io.lines(args[1]) do
    if line_number % count == number then jobs[#jobs + 1] = line end
    line_number = line_number + 1
  end
  pieces = {}
  local file = io.open(args[2])
  local body = file:read("*a")
  file:close()
  for text, mark in (body .. "@END@"):gmatch("(.-)@(%u+)@") do pieces[#pieces + 1] = { text, mark } end
  headers = { ["Content-Type"] = "application/json", ["Authorization"] = args[3] }
end

function request()
  sent = sent + 1
  local job = jobs[sent]
  if not job then used_up, job = used_up + 1, jobs[#jobs] end
  local path, call, caller = job:match("([^\t]*)\t([^\t]*)\t([^\t]*)")
  local body = {}
  for _, piece in ipairs(pieces) do
    body[#body + 1] = piece[1]
    if piece[2] == "CALL" then body[#body + 1] = call elseif piece[2] == "CALLER" then body[#body + 1] = caller end
  end
  return wrk.format("POST", path, headers, table.concat(body))
end

function response(status, _, body)
  answered = answered + 1
  if status ~= 200 or not body:find(wanted, 1, true) then
    wrong = wrong + 1
    if fault == "" then fault = status .. " " .. body:sub(1, 160) end
  end
end

function done(summary, latency)
  local total = { sent = 0, answered = 0, wrong = 0, used_up = 0 }
  local shown = ""
  for _, thread in ipairs(threads) do
    for name, value in pairs(total) do total[name] = value + thread:get(name) end
    if shown == "" then shown = thread:get("fault") end
  end
  local e = summary.errors
  io.write(string.format("\nRESULT\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%.1f\t%d\t%s\n", summary.duration, summary.requests,
    total.sent, total.wrong, e.connect + e.read + e.write + e.timeout, total.used_up,
    latency:percentile(50), latency:percentile(99), summary.bytes, (shown:gsub("%s+", " "))))
end
