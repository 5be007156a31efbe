extension RobotsCase {
    /// RFC 9309 §2.1 and §2.2.1: which group is ours.
    static let groups: [RobotsCase] = [
        RobotsCase("empty file", "", allowed: ["/", "/a"]),
        RobotsCase("only comments", "# nothing\n#\n", allowed: ["/"]),
        RobotsCase("only blanks", " \n\t\n\n", allowed: ["/"]),
        RobotsCase("everybody", "User-agent: *\nDisallow: /a", allowed: ["/", "/b"], refused: ["/a", "/ab"]),
        RobotsCase("ours", "User-agent: crawld\nDisallow: /a", allowed: ["/"], refused: ["/a"]),
        RobotsCase("somebody else's", "User-agent: other\nDisallow: /", allowed: ["/", "/a"]),
        RobotsCase(
            "ours before everybody's", "User-agent: crawld\nDisallow: /a\n\nUser-agent: *\nDisallow: /b",
            allowed: ["/b"], refused: ["/a"]),
        RobotsCase(
            "ours after everybody's", "User-agent: *\nDisallow: /b\n\nUser-agent: crawld\nDisallow: /a",
            allowed: ["/b"], refused: ["/a"]),
        RobotsCase(
            "ours is empty", "User-agent: crawld\nDisallow:\n\nUser-agent: *\nDisallow: /", allowed: ["/", "/a"]),
        RobotsCase("ours has no rule", "User-agent: *\nDisallow: /\n\nUser-agent: crawld", allowed: ["/", "/a"]),
        RobotsCase(
            "ours has no rule but a delay", "User-agent: *\nDisallow: /\n\nUser-agent: crawld\nCrawl-delay: 1",
            allowed: ["/a"]),
        RobotsCase(
            "several names, ours first", "User-agent: crawld\nUser-agent: other\nDisallow: /a", refused: ["/a"]),
        RobotsCase(
            "several names, ours last", "User-agent: other\nUser-agent: crawld\nDisallow: /a", refused: ["/a"]),
        RobotsCase(
            "several names, ours in the middle", "User-agent: a\nUser-agent: crawld\nUser-agent: b\nDisallow: /a",
            refused: ["/a"]),
        RobotsCase(
            "ours and everybody's together", "User-agent: crawld\nUser-agent: *\nDisallow: /a", refused: ["/a"]),
        RobotsCase(
            "everybody among others", "User-agent: other\nUser-agent: *\nDisallow: /a", refused: ["/a"]),
        RobotsCase(
            "merged, apart",
            """
            User-agent: crawld
            Disallow: /a
            User-agent: other
            Disallow: /b
            User-agent: crawld
            Disallow: /c
            """, allowed: ["/b"], refused: ["/a", "/c"]),
        RobotsCase(
            "merged, side by side", "User-agent: crawld\nDisallow: /a\nUser-agent: crawld\nDisallow: /b",
            refused: ["/a", "/b"]),
        RobotsCase(
            "merged for everybody",
            "User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /c\nUser-agent: *\nDisallow: /b",
            allowed: ["/c"], refused: ["/a", "/b"]),
        RobotsCase(
            "merged, the longest match over both", "User-agent: crawld\nDisallow: /a\nUser-agent: crawld\nAllow: /a/b",
            allowed: ["/a/b"], refused: ["/a", "/a/c"]),
        RobotsCase(
            "merged, with an alias",
            "User-agent: crawld\nUser-agent: x\nDisallow: /a\n\nUser-agent: CRAWLD\nDisallow: /b",
            refused: ["/a", "/b"]),
        RobotsCase(
            "a rule ends the names", "User-agent: crawld\nDisallow: /a\nUser-agent: other\nDisallow: /b",
            allowed: ["/b"], refused: ["/a"]),
        RobotsCase(
            "an empty rule ends the names", "User-agent: crawld\nDisallow:\nUser-agent: other\nDisallow: /b",
            allowed: ["/b"]),
        RobotsCase(
            "a rule that cannot match ends the names",
            "User-agent: crawld\nDisallow: x\nUser-agent: other\nDisallow: /b",
            allowed: ["/b"]),
        RobotsCase(
            "an empty line ends nothing", "User-agent: crawld\n\n\nUser-agent: other\n\nDisallow: /a\n\nDisallow: /b",
            refused: ["/a", "/b"]),
        RobotsCase(
            "a comment ends nothing",
            "User-agent: crawld\n# so\nUser-agent: other # so\nDisallow: /a\n# so\nDisallow: /b",
            refused: ["/a", "/b"]),
        RobotsCase(
            "a sitemap ends no names",
            "User-agent: crawld\nSitemap: https://a.example/s.xml\nUser-agent: other\nDisallow: /a", refused: ["/a"]),
        RobotsCase(
            "a sitemap ends no rules", "User-agent: crawld\nDisallow: /a\nSitemap: https://a.example/s\nDisallow: /b",
            refused: ["/a", "/b"]),
        RobotsCase(
            "a delay ends no names", "User-agent: crawld\nCrawl-delay: 5\nUser-agent: other\nDisallow: /a",
            refused: ["/a"]),
        RobotsCase(
            "an unknown record ends no names", "User-agent: crawld\nHost: a.example\nUser-agent: other\nDisallow: /a",
            refused: ["/a"]),
        RobotsCase(
            "an unknown record ends no rules", "User-agent: crawld\nDisallow: /a\nNoindex: /c\nDisallow: /b",
            allowed: ["/c"], refused: ["/a", "/b"]),
        RobotsCase(
            "rules before any name", "Disallow: /a\nUser-agent: *\nDisallow: /b", allowed: ["/a"], refused: ["/b"]),
        RobotsCase("rules without any name", "Disallow: /\nAllow: /b", allowed: ["/", "/a"]),
        RobotsCase(
            "a name that is none opens a group", "User-agent: crawld\nDisallow: /a\nUser-agent:\nDisallow: /b",
            allowed: ["/b"], refused: ["/a"]),
        RobotsCase("everybody, and words", "User-agent: * everybody\nDisallow: /a", refused: ["/a"]),
        RobotsCase("an asterisk and more is nobody", "User-agent: *bot\nDisallow: /", allowed: ["/a"]),
    ]

    /// §2.2.1: what is our product token in a line.
    static let tokens: [RobotsCase] =
        [
            "crawld", "Crawld", "CRAWLD", "cRaWlD", "crawld/2.0", "crawld/*", "crawld (all)", "crawld 2", "crawld;",
            "\tcrawld ",
        ]
        .map { RobotsCase("ours: \($0)", "User-agent: \($0)\nDisallow: /a", allowed: ["/b"], refused: ["/a"]) }
        + [
            "crawl", "crawld-bot", "crawld_bot", "crawldx", "crawld2", "mycrawld", "my-crawld", "-crawld", "*crawld",
            "Mozilla/5.0 (compatible; crawld/1.0)", "craw*", "/crawld", "\"crawld\"", "crawlđ", "d",
        ].map { RobotsCase("not ours: \($0)", "User-agent: \($0)\nDisallow: /a", allowed: ["/a", "/b"]) }
}
