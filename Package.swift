// swift-tools-version: 6.1
import PackageDescription

// Rooms and the only arrows between them are listed in README.md under "How it is built".
// Direct dependencies are pinned exactly, because Package.resolved is not kept.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "crawld",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "crawld", targets: ["crawld"]),
        .executable(name: "crawlctl", targets: ["crawlctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // C libraries of the system.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CPsl", pkgConfig: "libpsl", providers: [.apt(["libpsl-dev"])]),
        .systemLibrary(name: "CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        // glibc's character conversion.
        .systemLibrary(name: "CIconv"),
        // What glibc has for starting processes and Swift's Glibc module does not show.
        .systemLibrary(name: "CSpawn"),
        // jemalloc in place of glibc's allocator.
        .target(name: "CAllocator", linkerSettings: [.linkedLibrary("jemalloc")]),
        // What Dispatch asks of the kernel, and is not to complain of.
        .target(name: "CNice"),
        // What has to be done inside a signal's handler.
        .target(name: "CFault"),
        // What Linux tells of a TCP connection.
        .target(name: "CTCP"),

        // Rooms.
        .target(
            name: "CrawlCore",
            dependencies: [
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "CrawlFrontier",
            dependencies: [
                "CrawlCore", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(name: "CurlKit", dependencies: ["CCurl", "CTCP"], swiftSettings: strict),
        .target(name: "CrawlCoding", dependencies: ["CZlib"], swiftSettings: strict),
        .target(
            name: "CrawlFetch",
            dependencies: [
                "CrawlCore", "CrawlCoding", "CurlKit", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "CrawlResolve",
            dependencies: ["CrawlCore", "CCares", .product(name: "DequeModule", package: "swift-collections")],
            swiftSettings: strict),
        .target(name: "DomainKit", dependencies: ["CrawlCore", "CPsl"], swiftSettings: strict),
        .target(
            name: "CrawlSitemap", dependencies: ["CrawlCore", "CrawlCoding", "CExpat", "CIconv"],
            swiftSettings: strict),
        .target(
            name: "CrawlOutput",
            dependencies: [
                "CrawlCore", "CrawlCoding", "CDeflate", "CZlib", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .target(name: "ControlAPI", swiftSettings: strict),
        .target(
            name: "CrawlService",
            dependencies: [
                "CrawlFrontier", "CrawlFetch", "CrawlResolve", "CrawlCoding", "CrawlSitemap", "CrawlOutput",
                "DomainKit", "ControlAPI", "CurlKit",
                "CrawlCore",
                "CSystemd",
                "CSpawn",
                "CFault",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "crawld",
            dependencies: [
                "CrawlService", "CAllocator", "CNice",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "crawlctl",
            dependencies: [
                "ControlAPI", "CrawlCoding", "CurlKit",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Tests. CrawlTesting may know every room; no room knows it.
        .target(
            name: "CrawlTesting",
            dependencies: [
                "CrawlCore", "CrawlFrontier", "CrawlFetch", "CrawlService", "ControlAPI", "CurlKit", "CSpawn", "CZlib",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
            ],
            path: "Tests/CrawlTesting", swiftSettings: strict),
        .testTarget(name: "CrawlCoreTests", dependencies: ["CrawlCore", "CrawlTesting"], swiftSettings: strict),
        .testTarget(
            name: "CrawlFrontierTests",
            dependencies: [
                "CrawlCore", "CrawlFrontier", "CrawlFetch", "CrawlService", "ControlAPI", "CrawlTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CrawlNameTests", dependencies: ["CrawlCore", "CrawlFrontier", "CrawlService", "CrawlTesting"],
            swiftSettings: strict),
        .testTarget(name: "CrawlCodingTests", dependencies: ["CrawlCoding", "CrawlTesting"], swiftSettings: strict),
        // connect(2) with an errno of the test's choice.
        .target(name: "CConnect", path: "Tests/CConnect"),
        .testTarget(
            name: "CrawlFetchTests",
            dependencies: [
                "CrawlCore", "CurlKit", "CCurl", "CConnect", "CrawlFetch", "CrawlOutput", "CrawlTesting",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CrawlResolveTests",
            dependencies: ["CrawlCore", "CrawlResolve", "CrawlService", "CrawlTesting", "CConnect"],
            swiftSettings: strict),
        .testTarget(
            name: "CrawlSitemapTests", dependencies: ["CrawlCore", "CrawlSitemap", "CrawlTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "CrawlOutputTests",
            dependencies: [
                "CrawlCore", "CrawlOutput", "CZlib", "CrawlTesting",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CrawlServiceTests",
            dependencies: [
                "CrawlCore", "CrawlFrontier", "CrawlFetch", "CrawlOutput", "ControlAPI", "CrawlService", "CurlKit",
                "CrawlTesting", "DomainKit", "CFault",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "CrawlCore", "ControlAPI", "CrawlTesting", "crawld", "crawlctl", "TrapCrawld",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        // crawld with answers that it does not outlive.
        .executableTarget(
            name: "TrapCrawld",
            dependencies: [
                "CrawlCore", "CrawlFetch", "CrawlService",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/TrapCrawld", swiftSettings: strict),
        .executableTarget(
            name: "CrawlBench",
            dependencies: [
                "CrawlCore", "CrawlFrontier", "CrawlFetch", "CrawlService", "CurlKit", "ControlAPI", "CrawlTesting",
                "CAllocator",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/CrawlBench", swiftSettings: strict),
        .executableTarget(
            name: "PolicyTable",
            dependencies: [
                "CrawlCore", "CrawlFrontier", "CrawlService", "CrawlTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/PolicyTable", swiftSettings: strict),
        .target(
            name: "CrawlSimulation",
            dependencies: [
                "CrawlCore", "CrawlFrontier", "CrawlService", "CrawlTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            path: "Tests/CrawlSimulation", swiftSettings: strict),
        .executableTarget(
            name: "Simulate",
            dependencies: ["CrawlSimulation", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tests/Simulate", swiftSettings: strict),
        .testTarget(
            name: "CrawlSimulationTests", dependencies: ["CrawlCore", "CrawlSimulation", "CrawlTesting"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
