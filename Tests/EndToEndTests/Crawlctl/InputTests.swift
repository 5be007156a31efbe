import CrawlTesting
import Foundation
import Testing

@testable import crawlctl

/// What `enqueue` reads: kinds, lines, ends.
@Suite struct InputTests {
    @Test(
        "what cannot be enqueued is named, with what to do",
        arguments: [
            (
                [0xFF, 0xFE, 0x68, 0],
                "is UTF-16, and UTF-8 is wanted: iconv -f UTF-16 -t UTF-8 F | crawlctl enqueue -f -"
            ),
            ([0x68, 0, 0x74, 0, 0x74, 0], "is UTF-16"), ([0, 0x68, 0, 0x74], "is UTF-16"),
            (
                Array("[\"https://a.example/\"]".utf8),
                "is a JSON array, and one URL or object a line is wanted: jq -r '.[]' F |"
            ),
            (Array(" [ {\"url\":".utf8), "is a JSON array, and one URL or object a line is wanted: jq -c '.[]' F |"),
            ([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0], "is a binary file"),
            ([0x50, 0x4B, 3, 4, 20], "is a zip archive, and lines of URLs are wanted: unzip -p F |"),
            ([0x28, 0xB5, 0x2F, 0xFD, 4], "is compressed by zstd"), ([0x1F, 0x8B, 8, 0], "is gzip within gzip"),
            (Array("<?xml version".utf8), "is XML or HTML"),
            (Array("{\r\n \"url\"".utf8), "is JSON over several lines"),
        ] as [([UInt8], String)])
    func wrong(head: [UInt8], said: String) {
        guard case .wrong(let text) = InputKind(head, path: "F") else {
            Issue.record("\(head) is taken")
            return
        }
        #expect(text.hasPrefix(said))
    }

    @Test func right() {
        for head in ["", "\n", "https://a.example/\n", "x", "hé", "ÿþ", "# no URL"] {
            #expect(InputKind(Array(head.utf8), path: "F") == .lines, "\(head)")
        }
        #expect(InputKind(Array("\n {\"url\":1}\n".utf8), path: "F") == .objects)
    }

    @Test("only whole lines are passed on, in whatever pieces they come", arguments: [1, 3, 7, 1000])
    func wholeLines(size: Int) {
        let text = Array("one\n\ntwo three\nfour".utf8)
        for (isSure, mayBeOnly) in [(true, true), (false, true), (false, false)] {
            var lines = WholeLines()
            var out: [UInt8] = []
            for start in stride(from: 0, to: text.count, by: size) {
                out += lines.add(Array(text[start..<min(start + size, text.count)]))
                #expect(out.isEmpty || out.last == UInt8(ascii: "\n"))
            }
            let end = lines.finish(isSure: isSure, mayBeOnly: mayBeOnly)
            #expect(end == (isSure ? .rest(Array("four".utf8)) : .dropped(line: 4, text: Array("four".utf8))))
            #expect(out == Array("one\n\ntwo three\n".utf8))
        }
    }

    @Test("the only line needs no end, unless it was cut; a blank rest and one that is too long are nothing")
    func ends() {
        var lines = WholeLines()
        #expect(lines.add(Array("one".utf8)) == [])
        #expect(lines.finish(isSure: false, mayBeOnly: true) == .rest(Array("one".utf8)))
        _ = lines.add(Array("one".utf8))
        #expect(lines.finish(isSure: false, mayBeOnly: false) == .dropped(line: 1, text: Array("one".utf8)))
        _ = lines.add(Array("one\n  ".utf8))
        #expect(lines.finish(isSure: false, mayBeOnly: true) == .rest(Array("  ".utf8)))
        let long = [UInt8](repeating: 0x61, count: WholeLines.maxLine + 1)
        #expect(lines.add(long) == long, "memory is bounded")
        #expect(lines.add([0x61]) == [0x61])
        #expect(lines.finish(isSure: false, mayBeOnly: true) == .rest([]))
    }

    @Test("gzip is read as what is in it, wherever it comes from; one that is cut says so")
    func gzip() throws {
        let folder = try TemporaryFolder()
        let text =
            Array("\u{FEFF}".utf8) + (0..<5000).flatMap { Array("https://a.example/\($0)\n".utf8) }
            + Array("https://last".utf8)
        let packed = Gzip.compress(text)
        func read(_ bytes: [UInt8]) throws -> (text: [UInt8], source: ByteSource) {
            let path = folder.file("urls.gz")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let source = try ByteSource(path: path)
            var all: [UInt8] = []
            _ = try source.head()
            while case let part = try source.read(1000), !part.isEmpty { all += part }
            return (all, source)
        }
        let whole = try read(packed)
        #expect(whole.text == Array(text.dropFirst(3)))
        #expect(whole.source.fault == nil && whole.source.hasSureEnd)
        #expect(whole.source.progress.map { $0.read == $0.of } == true)
        let cut = try read(Array(packed.dropLast(100)))
        #expect(cut.source.fault == "gzip that ends before it is complete" && !cut.source.hasSureEnd)
        #expect(text.dropFirst(3).starts(with: cut.text) && !cut.text.isEmpty)
        var bytes = packed
        bytes[packed.count / 2] ^= 0x55
        #expect(try read(bytes).source.fault == "gzip that is damaged")
    }

    @Test("progress has a percentage and the time left where the size is known")
    func progress() {
        var progress = Progress(now: 0)
        #expect(progress.add(Array("a\nb\n".utf8), of: (25, 100), now: 100) == nil)
        #expect(
            progress.add([], of: (25, 100), now: 2_000)?.hasSuffix("25 %, 2 lines, 4 B sent, 1 lines/s, 6 s left")
                == true)
        #expect(progress.text(now: 500).hasSuffix("25 %, 2 lines, 4 B sent, 4 lines/s") == true)
        #expect(progress.add([], of: nil, now: 4_000)?.hasSuffix("K2 lines, 4 B sent, 0 lines/s") == true)
        #expect(progress.add([], of: (100, 100), now: 6_000)?.contains("100 %, 2 lines") == true)
    }

    @Test(
        "a date is its first moment in UTC",
        arguments: [
            ("2026-12-24", "2026-12-24T00:00:00.000Z"), ("2026-13-01", nil), ("2026-12", nil), ("24.12.2026", nil),
        ]
            as [(String, String?)])
    func dates(text: String, time: String?) { #expect(DueTime.timestamp(text, now: 0) == time) }

    @Test("a verb that there is not gets the one that was meant, behind help too")
    func mistyped() {
        func said(_ arguments: String) -> String? {
            Mistyped.verb(in: arguments.split(separator: " ").map(String.init))?.message
        }
        #expect(said("statsu")?.hasPrefix("there is no verb 'statsu': did you mean status?") == true)
        #expect(said("--socket /s --json lsit x")?.contains("did you mean list?") == true)
        #expect(said("--timeout=1s help enqeue")?.contains("did you mean enqueue?") == true)
        #expect(said("xyzzy")?.contains("there are enqueue, status") == true)
        for right in ["", "status", "help", "help status", "--help", "--version", "list lsit", "--nonsense statsu"] {
            #expect(said(right) == nil, "\(right)")
        }
        #expect(Mistyped.verb(in: ["help", "WRONG"])?.reason.rawValue == 64)
    }

    @Test("with --json an error is the API's, or one in its form")
    func jsonErrors() {
        let problem = #"{"code":"not-found","detail":"d","status":404,"title":"t","type":"about:blank"}"#
        #expect(CtlFailure(APIAnswer(404, problem)).json == Array(problem.utf8))
        #expect(
            String(decoding: CtlFailure(.unavailable, "no daemon\nstart it\nor not").json, as: UTF8.self)
                == #"{"code":"no-daemon","detail":"no daemon","hint":"start it; or not","status":0,"title":"crawlctl","type":"about:blank"}"#
        )
        #expect(CtlFailure(.rejected, "").json.isEmpty)
    }
}
