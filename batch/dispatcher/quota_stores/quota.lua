-- One request of a user of a key's quota: first give back and report, then take. See interface.py for its fields.
--
-- KEYS[1] is a hash of everything that is known of the quota and its kind; ARGV[1] the request, as JSON. Fields of the
-- hash, all times in whole microseconds of this server's clock:
--   server         the run_id of the server that wrote it last; another one may lack the last writes
--   last           when it was written last
--   closed_until   nothing is given before
--   limit, paused_until, learned
--   lease:NUMBER   "TOKENS RETURNS"      user:NAME   until when the user counts
local request = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local key = KEYS[1]
local SECOND = 1000000
-- A quota that nobody used for so long is forgotten, and then as good as new.
local KEPT_MS = 30 * 24 * 3600 * 1000

local function text(number) return string.format('%.0f', number) end

local state = {}
local stored = redis.call('HGETALL', key)
for at = 1, #stored, 2 do state[stored[at]] = stored[at + 1] end
local function set(field, value)
  state[field] = value
  redis.call('HSET', key, field, value)
end
local function drop(field)
  state[field] = nil
  redis.call('HDEL', key, field)
end

-- The memory is new, or of another server (restarted, restored, failed over), or the clock went back.
local asked = redis.pcall('INFO', 'server')
local server = type(asked) == 'string' and string.match(asked, 'run_id:(%w+)') or 'unknown'
if state.server ~= server or now < tonumber(state.last) - SECOND then
  for field, value in pairs(state) do
    local returns = string.match(string.sub(field, 1, 6) == 'lease:' and value or '', ' (%d+)')
    if returns and tonumber(returns) > now + (request.window + request.deadline) * SECOND then drop(field) end
  end
  set('server', server)
  set('closed_until', text(now + math.max(request.window, request.deadline) * SECOND))
end
set('last', text(now))

for _, returned in ipairs(request.returned) do
  local field = 'lease:' .. text(returned[1])
  if returned[2] > 0 then
    set(field, text(returned[2]) .. ' ' .. text(now + (request.window - returned[3]) * SECOND))
  elseif state[field] then
    drop(field)
  end
end
if request.heard ~= cjson.null then
  set('limit', text(request.heard))
  if request.pause > 0 then
    set('paused_until', text(math.max(tonumber(state.paused_until or 0), now + request.pause * SECOND)))
  end
end
if request.learned ~= cjson.null then set('learned', request.learned) end
if request.leaves then drop('user:' .. request.user) else set('user:' .. request.user, text(now + request.stays * SECOND)) end

local users, spent, first = 0, 0, nil
for field, value in pairs(state) do
  local kind = string.sub(field, 1, 5)
  if kind == 'lease' then
    local tokens, returns = string.match(value, '(%d+) (%d+)')
    if tonumber(returns) <= now then
      redis.call('HDEL', key, field)
    else
      spent = spent + tonumber(tokens)
      first = math.min(first or tonumber(returns), tonumber(returns))
    end
  elseif kind == 'user:' then
    if tonumber(value) <= now then redis.call('HDEL', key, field) else users = users + 1 end
  end
end

local tokens, wait = 0, math.max(0, tonumber(state.closed_until) - now) / SECOND
if request.tokens > 0 then
  local own = 'lease:' .. text(request.handful)
  local held_until = math.max(tonumber(state.closed_until), tonumber(state.paused_until or 0))
  local limit = math.min(request.limit, tonumber(state.limit or request.limit))
  wait = 0
  if state[own] then
    tokens = tonumber(string.match(state[own], '(%d+) '))
  elseif held_until > now then
    wait = (held_until - now) / SECOND
  elseif limit > spent then
    tokens = math.min(request.tokens, limit - spent)
    spent = spent + tokens
    redis.call('HSET', key, own, text(tokens) .. ' ' .. text(now + request.life * SECOND))
  else
    -- The one that comes back first may be in flight still: then its response says more.
    wait = math.min(((first or now) - now) / SECOND, request.window)
  end
end
redis.call('PEXPIRE', key, KEPT_MS)
return cjson.encode({tokens, wait, tonumber(state.limit or -1), state.learned or '', users, spent})
