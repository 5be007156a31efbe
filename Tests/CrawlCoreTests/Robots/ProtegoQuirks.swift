/// Where protego 0.7.0 goes another way than RFC 9309 or than we do where the RFC leaves it open. Each is a switch of
/// `RobotsOracle`: with all of them on it must answer as protego does, with none as we do.
struct ProtegoQuirks: OptionSet, Hashable, Sendable {
    let rawValue: Int

    static let partOfName = Self(rawValue: 1 << 0)
    static let otherRecords = Self(rawValue: 1 << 1)
    static let eitherDollar = Self(rawValue: 1 << 2)
    static let indexPage = Self(rawValue: 1 << 3)
    static let wholeAddress = Self(rawValue: 1 << 4)
    static let delimiters = Self(rawValue: 1 << 5)
    static let moreLineEnds = Self(rawValue: 1 << 6)
    static let moreBlanks = Self(rawValue: 1 << 7)
    static let noColon = Self(rawValue: 1 << 8)
    static let repairedText = Self(rawValue: 1 << 9)
    static let noBounds = Self(rawValue: 1 << 10)
    static let robotsQuery = Self(rawValue: 1 << 11)

    static let all = Self(rawValue: (1 << 12) - 1)

    /// Each with what backs our way; the most frequent first.
    static let explained: [(quirk: ProtegoQuirks, reason: String)] = [
        (.eitherDollar, "§2.2.3: `$` at the end is the end, `%24` is the octet; protego takes both for either"),
        (.robotsQuery, "§2.2.2: /robots.txt is allowed; with a query it is another resource"),
        (
            .partOfName,
            "§2.2.1: a group is for the product token that it names; protego takes the longest name that is part of ours"
        ),
        (.otherRecords, "§2.2.4: other records, Crawl-delay too, do not end a row of user-agent lines"),
        (.indexPage, "§2.2.2: a rule matches by its octets; protego has `Allow: /index.html` allow `/` too"),
        (.wholeAddress, "§2.2: a pattern starts with `/`; protego takes a whole URL for the path `/http…`"),
        (
            .delimiters,
            "§2.2.2: reserved octets that are escaped are not decoded, and `?`, `&` count as one octet (its table)"
        ),
        (.moreLineEnds, "§2.2: a line ends with CR, LF or both; protego breaks at VT, FF, NEL, U+2028 too"),
        (.moreBlanks, "§2.2: blanks are space and tab; protego strips all of Unicode's"),
        (.noColon, "§2.2: a record has a colon; without one we take one word, protego any number"),
        (.repairedText, "§2.2.2: octets are compared; what is no UTF-8 is U+FFFD to protego"),
        (.noBounds, "§2.5: a file may be read up to a limit; ours are 1 MiB, and 16 KiB a line"),
    ]
}
