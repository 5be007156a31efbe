import Glibc

/// Finds the lines in chunks of bytes that end anywhere. It copies only what a chunk leaves unfinished, and of a line
/// that is too long keeps no more than the limit.
struct LineSplitter {
    enum Event: Equatable {
        /// A range of the chunk.
        case inChunk(Range<Int>)
        /// In `carry`, until the next call.
        case inCarry
        /// Longer than the limit; `carry` has its beginning until the next call. The rest is passed over.
        case tooLong
    }

    /// Bytes, without the newline.
    let limit: Int
    private(set) var carry: [UInt8] = []
    /// Of the line that the last event was about, from 1.
    private(set) var number = 0
    private(set) var newlines = 0
    private var isSkipping = false
    private var carryIsOld = false

    init(limit: Int) { self.limit = limit }

    /// Reads on from `offset`, which it moves; nil = the chunk is used up.
    mutating func next(_ chunk: UnsafeBufferPointer<UInt8>, offset: inout Int) -> Event? {
        if carryIsOld { forget() }
        while offset < chunk.count {
            let start = offset
            guard let newline = Self.newline(in: chunk, from: start) else {
                offset = chunk.count
                return keep(chunk, start..<chunk.count)
            }
            offset = newline + 1
            newlines += 1
            if isSkipping {
                isSkipping = false
                continue
            }
            number += 1
            if carry.isEmpty, newline - start <= limit { return .inChunk(start..<newline) }
            return complete(chunk, start..<newline)
        }
        return nil
    }

    /// The body is complete: the line that no newline ended, if any.
    mutating func finish() -> Event? {
        if carryIsOld { forget() }
        guard !isSkipping, !carry.isEmpty else { return nil }
        number += 1
        carryIsOld = true
        return .inCarry
    }

    private mutating func forget() {
        carry.removeAll(keepingCapacity: true)
        carryIsOld = false
    }

    /// A line goes on after the chunk.
    private mutating func keep(_ chunk: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Event? {
        guard !isSkipping else { return nil }
        guard carry.count + range.count > limit else {
            carry.append(contentsOf: chunk[range])
            return nil
        }
        number += 1
        isSkipping = true
        return tooLong(chunk, range)
    }

    private mutating func complete(_ chunk: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Event {
        guard carry.count + range.count > limit else {
            carry.append(contentsOf: chunk[range])
            carryIsOld = true
            return .inCarry
        }
        return tooLong(chunk, range)
    }

    private mutating func tooLong(_ chunk: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Event {
        carry.append(contentsOf: chunk[range].prefix(limit - carry.count))
        carryIsOld = true
        return .tooLong
    }

    private static func newline(in chunk: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = chunk.baseAddress,
            let found = memchr(base + start, Int32(UInt8(ascii: "\n")), chunk.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
