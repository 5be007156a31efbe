import CrawlTesting
import Foundation
import GRDB
import Synchronization
import Testing

@testable import CrawlCore
@testable import CrawlFrontier

/// Somebody takes the files away under an open store: nothing is acknowledged any more, and what lies there now stays as
/// it is.
struct ReplacedFilesTests {
    /// A folder with nothing but a state directory, which may be renamed.
    private let home: TemporaryFolder
    private var path: String { home.file("state/frontier.sqlite") }

    init() throws {
        home = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: home.file("state"), withIntermediateDirectories: false)
    }

    private func open(_ adjust: (inout FrontierStore.Options) -> Void = { _ in }) throws -> FrontierStore {
        var options = FrontierStore.Options()
        adjust(&options)
        return try FrontierStore(path: path, options: options)
    }

    private static func isReplaced(_ error: any Error) -> Bool {
        if case FrontierError.replaced = error { true } else { false }
    }

    @Test("the commit that finds it is refused, and so is all that follows", arguments: FileSabotage.allCases)
    func refused(_ sabotage: FileSabotage) throws {
        let told = Mutex<[FrontierError]>([])
        let store = try open { options in
            options.onFault = { fault in told.withLock { $0.append(fault) } }
        }
        #expect(try store.enqueue(["https://a.example/"]).new == 1)
        #expect(store.fault == nil)
        sabotage.apply(to: path)
        for page in 0..<3 {
            #expect(performing: { try store.enqueue(["https://a.example/\(page)"]) }, throws: Self.isReplaced)
        }
        #expect(performing: { try store.setPaused(true) }, throws: Self.isReplaced)
        #expect(performing: { try store.closeCleanly(lastRequestAt: at(1)) }, throws: Self.isReplaced)
        #expect(told.withLock { $0.count } == 1)
        #expect(store.fault.map(Self.isReplaced) == true)
    }

    @Test(
        "neither a quiet moment nor a stop nor the closing writes or deletes anything there",
        arguments: FileSabotage.allCases)
    func untouched(_ sabotage: FileSabotage) throws {
        var before: [String: [UInt8]] = [:]
        do {
            let store = try open()
            // Enough for the log to be worth folding in.
            for batch in 0..<4 {
                try store.enqueue((0..<20_000).map { "https://o\($0 % 50).example/\(batch)/\($0)" })
            }
            #expect(try store.stats().walBytes > 4 << 20)
            sabotage.apply(to: path)
            before = FileSabotage.contents(beside: path)
            _ = store.tidy(now: at(10))
            _ = store.tidy(now: at(20))
            #expect(performing: { try store.closeCleanly(lastRequestAt: at(30)) }, throws: Self.isReplaced)
        }
        let after = FileSabotage.contents(beside: path)
        #expect(Set(after.keys) == Set(before.keys))
        for name in sabotage.foreign(path) { #expect(after[name] == before[name], "\(name) has changed") }
    }

    @Test("a store that is only closed leaves them as well", arguments: FileSabotage.allCases)
    func closed(_ sabotage: FileSabotage) throws {
        var before: [String: [UInt8]] = [:]
        do {
            let store = try open()
            try store.enqueue((0..<1000).map { "https://a.example/\($0)" })
            sabotage.apply(to: path)
            before = FileSabotage.contents(beside: path)
        }
        var after = FileSabotage.contents(beside: path)
        for name in sabotage.folded(path) {
            #expect(after[name] != nil)
            after[name] = before[name]
        }
        #expect(after == before)
    }

    @Test("where the database is still ours, all that was acknowledged is in it in the end", arguments: [false, true])
    func folded(byClose: Bool) throws {
        for sabotage in FileSabotage.allCases where !sabotage.folded(path).isEmpty {
            let (own, copy) = (try ReplacedFilesTests(), home.file("copy-\(sabotage)"))
            do {
                let store = try own.open()
                try store.enqueue((0..<1000).map { "https://a.example/\($0)" })
                sabotage.apply(to: own.path)
                #expect(performing: { try store.enqueue(["https://a.example/x"]) }, throws: Self.isReplaced)
                if byClose { store.close() }
            }
            // Alone: what the log had is not asked for.
            try FileManager.default.copyItem(atPath: own.path, toPath: copy)
            let store = try FrontierStore(path: copy)
            #expect(try store.enqueue((0..<1000).map { "https://a.example/\($0)" }).known == 1000, "\(sabotage)")
        }
    }

    @Test("a log that was left is not played into another database; moved away, that one is opened")
    func strangersLog() throws {
        let (backup, kept) = (home.file("backup"), ["https://a.example/"])
        do {
            let store = try open()
            #expect(try store.enqueue(kept).new == 1)
            try store.closeCleanly(lastRequestAt: nil)
        }
        try FileManager.default.copyItem(atPath: path, toPath: backup)
        do {
            let store = try open()
            try store.enqueue((0..<1000).map { "https://b.example/\($0)" })
            #expect(rename(backup, path) == 0)
            #expect(performing: { try store.enqueue(["https://b.example/x"]) }, throws: Self.isReplaced)
        }
        let before = FileSabotage.contents(beside: path)
        #expect(before["frontier.sqlite-wal"]?.isEmpty == false)
        #expect {
            _ = try open()
        } throws: { error in
            "\(error)".contains("\(path)-wal: belongs to the database") && "\(error)".contains("\(path)-shm away")
        }
        #expect(FileSabotage.contents(beside: path) == before, "it was not touched")
        for suffix in ["-wal", "-shm"] { #expect(rename(path + suffix, home.file("away" + suffix)) == 0) }
        let store = try open()
        #expect(try store.enqueue(kept).known == 1)
        #expect(try store.enqueue(["https://b.example/1"]).new == 1)
    }

    @Test("what we may not look at is no replacement, and nothing is written that could not be acknowledged")
    func unseen() throws {
        let store = try open()
        // More links than are followed: ELOOP.
        #expect(rename(home.file("state"), home.file("kept")) == 0)
        #expect(symlink(home.file("state"), home.file("state")) == 0)
        #expect {
            try store.enqueue(["https://a.example/"])
        } throws: { error in
            if case FrontierError.io = error { true } else { false }
        }
        #expect(store.fault == nil)
        #expect(unlink(home.file("state")) == 0)
        #expect(rename(home.file("kept"), home.file("state")) == 0)
        #expect(try store.get("https://a.example/") == nil)
        #expect(try store.enqueue(["https://a.example/b"]).new == 1)
    }

    @Test("its own checkpoints, shrunken logs and other readers are no fault")
    func ownWork() throws {
        let store = try open()
        for round in 0..<3 {
            try store.enqueue((0..<20_000).map { "https://a.example/\(round)/\($0)" })
            _ = store.tidy(now: at(Double(round)))
            let reader = try DatabaseQueue(path: path)
            #expect(try reader.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM url") } == (round + 1) * 20_000)
            try reader.close()
        }
        try store.closeCleanly(lastRequestAt: nil)
        #expect(store.fault == nil)
    }

    @Test("a link to the database is followed; one that leads elsewhere is a replacement")
    func link() throws {
        let link = home.file("link.sqlite")
        _ = try open()
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let store = try FrontierStore(path: link)
        #expect(try store.enqueue(["https://a.example/"]).new == 1)
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.copyItem(atPath: path, toPath: home.file("other.sqlite"))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: home.file("other.sqlite"))
        #expect(performing: { try store.enqueue(["https://a.example/b"]) }, throws: Self.isReplaced)
    }
}
