import CrawlCore
import Testing

@testable import CrawlFrontier
@testable import CrawlService

/// How far the other hosts of a document are looked at.
@Suite struct SitemapSubmitsTests {
    private static func document(isSecondPass: Bool = false, putOff: Set<Int64> = []) -> FetchedSitemap {
        FetchedSitemap(
            id: 1, url: "https://a.example/s.xml", job: 1, root: "https://a.example/s.xml", depth: 0, entries: 0,
            isSecondPass: isSecondPass, putOff: putOff, contentType: nil, options: EnqueueOptions())
    }

    private static func key(_ number: Int) -> [UInt8] { Array("https://h\(number).example".utf8) }

    private final class Looks {
        var origins: [Int64] = []
    }

    /// Notes what is looked at. Hosts with an even number are in the frontier, and all name the sitemap.
    private static func submits(_ document: FetchedSitemap, _ looks: Looks) -> SitemapSubmits {
        SitemapSubmits(document, names: [document.url], room: 3) { key in
            let number = Int64(String(decoding: key, as: UTF8.self).filter(\.isNumber)) ?? 1
            return number % 2 == 0 ? number : nil
        } submit: { origin in
            looks.origins.append(origin)
            return .lines([document.url])
        }
    }

    @Test("of a document with very many hosts a thousand are looked at, each once; the others are foreign")
    func aThousand() throws {
        let looks = Looks()
        let submits = Self.submits(Self.document(), looks)
        for _ in 0..<2 {
            for number in 0..<5_000 {
                let isGranted = number % 2 == 0 && number < 2_000
                #expect(try submits.decide(Self.key(number)) == (isGranted ? .granted : .foreign))
            }
        }
        #expect(looks.origins.count == SitemapBounds.hosts)
    }

    @Test("when it is read again only those are looked at that were put off, wherever they stand")
    func secondPass() throws {
        let putOff: Set<Int64> = [2, 4_000, 8_000]
        let looks = Looks()
        let submits = Self.submits(Self.document(isSecondPass: true, putOff: putOff), looks)
        for number in 0..<10_000 {
            let isGranted = putOff.contains(Int64(number))
            #expect(try submits.decide(Self.key(number)) == (isGranted ? .granted : .settled))
        }
        #expect(Set(looks.origins) == putOff)
    }
}
