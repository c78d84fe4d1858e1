/**
 * The scripts that write and read a mirror. Redis runs a script without interruption, which makes it atomic.
 *
 * Numbers are stored as the text in which they came. Lua formats a number above 10^14 with an exponent.
 * `tonumber` is only used for comparisons, which are exact up to 2^53.
 */

/**
 * What the mirror has, and whether it is complete: the state has the number of entries of every other key.
 */
const HELD = `
local function size(command, key)
  local count = redis.pcall(command, key)
  return type(count) == 'number' and count or -1
end
local held = redis.pcall('HMGET', KEYS[1], 'epoch', 'sequence', 'time_ms', 'as_of_ms', 'bids', 'asks', 'trades',
  'venue')
local heldEpoch, heldSequence = tonumber(held[1]), tonumber(held[2])
local bids, asks, trades = tonumber(held[5]), tonumber(held[6]), tonumber(held[7])
local isWhole = heldEpoch and heldSequence and held[3] and held[4]
  and size('ZCARD', KEYS[2]) == bids and size('HLEN', KEYS[3]) == bids
  and size('ZCARD', KEYS[4]) == asks and size('HLEN', KEYS[5]) == asks
  and size('LLEN', KEYS[6]) == trades
`;

/** The common beginning of the writing scripts: nothing replaces another venue's state, or a newer one. */
const WRITER = `${HELD}
local epoch, sequence, timeMs, asOfMs, venue, adopted = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if held[8] and held[8] ~= venue and held[8] ~= adopted then return {'other', held[8]} end
if heldEpoch and heldSequence and (heldEpoch > tonumber(epoch)
  or (heldEpoch == tonumber(epoch) and heldSequence > tonumber(sequence))) then
  return {'stale', held[1], held[2]}
end
local position = 0
local function take()
  position = position + 1
  return ARGV[position]
end
local function writeLevels(prices, depth, count)
  for _ = 1, count do
    local price, ticks, entry = take(), take(), take()
    if entry == '' then
      redis.call('ZREM', prices, price)
      redis.call('HDEL', depth, price)
    else
      redis.call('ZADD', prices, ticks, price)
      redis.call('HSET', depth, price, entry)
    end
  end
end
local function writeTrades(key, count)
  for _ = 1, count do redis.call('LPUSH', key, take()) end
end
local function writeState()
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'sequence', sequence, 'time_ms', timeMs, 'as_of_ms', asOfMs,
    'bids', redis.call('ZCARD', KEYS[2]), 'asks', redis.call('ZCARD', KEYS[4]), 'trades', redis.call('LLEN', KEYS[6]),
    'venue', venue)
end
`;

/**
 * Updates a mirror from the last pushed state to a newer one. ARGV: epoch, sequence, time_ms, as_of_ms; the
 * writer's venue, and the one whose mirror it has taken over ('' for none); the sequence and time_ms last
 * pushed; the most trades; counts of bids, asks, trades; then for each level its price, ticks and entry (''
 * removes it); then trades, oldest first. Answers {'done'}, {'refill'} if it does not have the last pushed
 * state, {'stale', epoch, sequence} if it has a newer one, {'other', venue} if it has another venue's.
 */
export const UPDATE_SCRIPT = `${WRITER}
if not isWhole or held[1] ~= epoch or held[2] ~= ARGV[7] or held[3] ~= ARGV[8] then return {'refill'} end
-- Without its state a mirror counts as lost: should anything below fail, nobody reads half of it.
redis.call('DEL', KEYS[1])
position = 12
writeLevels(KEYS[2], KEYS[3], tonumber(ARGV[10]))
writeLevels(KEYS[4], KEYS[5], tonumber(ARGV[11]))
writeTrades(KEYS[6], tonumber(ARGV[12]))
redis.call('LTRIM', KEYS[6], 0, tonumber(ARGV[9]) - 1)
if tonumber(held[4]) and tonumber(held[4]) > tonumber(asOfMs) then asOfMs = held[4] end
writeState()
return {'done'}
`;

/**
 * Collects one chunk of a whole book beside the mirror. The last chunk replaces the mirror. KEYS: those of
 * the mirror, then those of the refill. ARGV: the first six as above; the refill's token; 1 with the first
 * chunk, 1 with the last; how long an abandoned refill is kept, in ms; the whole book's counts of bids, asks,
 * trades; this chunk's counts of the same; its rows as above. Answers {'done'}, {'stale', epoch, sequence},
 * {'other', venue}, or {'restart'} if the collected chunks are not, or not only, those of this refill.
 */
export const FILL_SCRIPT = `${WRITER}
if ARGV[8] == '1' then
  redis.call('DEL', KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12])
  redis.call('SET', KEYS[7], ARGV[7])
elseif redis.pcall('GET', KEYS[7]) ~= ARGV[7] then
  return {'restart'}
end
position = 16
writeLevels(KEYS[8], KEYS[9], tonumber(ARGV[14]))
writeLevels(KEYS[10], KEYS[11], tonumber(ARGV[15]))
writeTrades(KEYS[12], tonumber(ARGV[16]))
if ARGV[9] ~= '1' then
  for key = 7, 12 do redis.call('PEXPIRE', KEYS[key], ARGV[10]) end
  return {'done'}
end
if size('ZCARD', KEYS[8]) ~= tonumber(ARGV[11]) or size('HLEN', KEYS[9]) ~= tonumber(ARGV[11])
  or size('ZCARD', KEYS[10]) ~= tonumber(ARGV[12]) or size('HLEN', KEYS[11]) ~= tonumber(ARGV[12])
  or size('LLEN', KEYS[12]) ~= tonumber(ARGV[13]) then
  return {'restart'}
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7])
for part = 2, 6 do
  if redis.call('EXISTS', KEYS[part + 6]) == 1 then
    redis.call('PERSIST', KEYS[part + 6])
    redis.call('RENAME', KEYS[part + 6], KEYS[part])
  end
end
writeState()
return {'done'}
`;

/**
 * The head of the reading scripts' answers: {epoch, sequence, time_ms, as_of_ms, venue}; nothing if the
 * mirror is incomplete.
 */
const READER = `${HELD}
if not isWhole then return {} end
local answer = {held[1], held[2], held[3], held[4], held[8] or ''}
`;

/**
 * Reads the best ARGV[1] levels of both sides, without the best ARGV[2] if that is given. After the head, it
 * answers bids and asks as flat lists of price and entry.
 */
export const READ_BOOK_SCRIPT = `${READER}
local first = tonumber(ARGV[2] or '0')
local function best(command, prices, depth)
  local levels = {}
  for _, price in ipairs(redis.call(command, prices, first, first + tonumber(ARGV[1]) - 1)) do
    levels[#levels + 1] = price
    levels[#levels + 1] = redis.call('HGET', depth, price)
  end
  return levels
end
answer[6] = best('ZREVRANGE', KEYS[2], KEYS[3])
answer[7] = best('ZRANGE', KEYS[4], KEYS[5])
return answer
`;

/** Reads the newest ARGV[1] trades. After the head, it answers a list of JSON texts. */
export const READ_TRADES_SCRIPT = `${READER}
answer[6] = redis.call('LRANGE', KEYS[6], 0, tonumber(ARGV[1]) - 1)
return answer
`;
