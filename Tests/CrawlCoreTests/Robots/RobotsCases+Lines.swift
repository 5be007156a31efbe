extension RobotsCase {
    /// RFC 9309 §2.2: how a line is read.
    static let lines: [RobotsCase] = [
        RobotsCase("mark at the beginning", "\u{FEFF}User-agent: *\nDisallow: /a", refused: ["/a"]),
        RobotsCase("mark, then a comment", "\u{FEFF}# so\nUser-agent: *\nDisallow: /a", refused: ["/a"]),
        RobotsCase("mark before ours", "\u{FEFF}User-agent: crawld\nDisallow: /a", refused: ["/a"]),
        RobotsCase("mark further on spoils its line", "\nUser-agent: *\n\u{FEFF}Disallow: /a", allowed: ["/a"]),
        RobotsCase("LF", "User-agent: *\nDisallow: /a\nDisallow: /b\n", refused: ["/a", "/b"]),
        RobotsCase("CR", "User-agent: *\rDisallow: /a\rDisallow: /b\r", refused: ["/a", "/b"]),
        RobotsCase("CRLF", "User-agent: *\r\nDisallow: /a\r\nDisallow: /b\r\n", refused: ["/a", "/b"]),
        RobotsCase(
            "mixed", "User-agent: *\rDisallow: /a\r\nDisallow: /b\n\rDisallow: /c\n", refused: ["/a", "/b", "/c"]),
        RobotsCase("no end of the last line", "User-agent: *\nDisallow: /a", allowed: ["/"], refused: ["/a"]),
        RobotsCase("vertical tab is no end", "User-agent: *\nDisallow: /a\u{0B}Disallow: /b", allowed: ["/a", "/b"]),
        RobotsCase("NEL is no end", "User-agent: *\nDisallow: /a\u{85}Disallow: /b", allowed: ["/a", "/b"]),
        RobotsCase("comment behind a value", "User-agent: * # so\nDisallow: /a # so", allowed: ["/"], refused: ["/a"]),
        RobotsCase("comment without a blank", "User-agent: *#so\nDisallow: /a#so", refused: ["/a", "/ab"]),
        RobotsCase("comment instead of a value", "User-agent: *\nDisallow: # /a", allowed: ["/a"]),
        RobotsCase("rule in a comment", "User-agent: *\n#Disallow: /a", allowed: ["/a"]),
        RobotsCase("comment with rules in CR", "User-agent: *\n# so\rDisallow: /a", refused: ["/a"]),
        RobotsCase("names in capitals", "USER-AGENT: *\nDISALLOW: /a\nALLOW: /a/b", allowed: ["/a/b"], refused: ["/a"]),
        RobotsCase(
            "names in small letters", "user-agent: *\ndisallow: /a\nallow: /a/b", allowed: ["/a/b"], refused: ["/a"]),
        RobotsCase("names in both", "uSeR-aGeNt: *\ndIsAlLoW: /a", refused: ["/a"]),
        RobotsCase("no blank behind the colon", "User-agent:*\nDisallow:/a", refused: ["/a"]),
        RobotsCase("blank before the colon", "User-agent : *\nDisallow\t: /a", refused: ["/a"]),
        RobotsCase(
            "blanks everywhere", "  User-agent \t:  *  \n\t Disallow :\t/a \t ", allowed: ["/"], refused: ["/a", "/ab"]),
        RobotsCase("no colon", "User-agent *\nDisallow /a", refused: ["/a"]),
        RobotsCase("no colon, but in the value", "User-agent *\nDisallow /a:b", allowed: ["/a"], refused: ["/a:b"]),
        RobotsCase("no colon, two words", "User-agent: *\nDisallow /a /b", allowed: ["/a", "/b"]),
        RobotsCase("no colon, no value", "User-agent: *\nDisallow", allowed: ["/"]),
        RobotsCase("colon twice", "User-agent: *\nDisallow:: /a", allowed: ["/a"]),
        RobotsCase("only a colon", "User-agent: *\n:\n: /a\nDisallow: /b", allowed: ["/a"], refused: ["/b"]),
        RobotsCase("name in two words", "User agent: *\nDisallow: /a", refused: ["/a"]),
        RobotsCase("name in one word", "Useragent: *\nDisallow: /a", refused: ["/a"]),
        RobotsCase(
            "misspelt disallow", "User-agent: *\nDissallow: /a\nDisalow: /b\nDissalow: /c", refused: ["/a", "/b", "/c"]),
        RobotsCase(
            "misspelt otherwise", "User-agent: *\nDisallows: /a\nDeny: /b\nNoindex: /c", allowed: ["/a", "/b", "/c"]),
        RobotsCase("name with an escape", "User-agent: *\nDis%61llow: /a", allowed: ["/a"]),
        RobotsCase("markup", "<html><body>User-agent: *\nDisallow: /a</body></html>", allowed: ["/a"]),
        RobotsCase("NUL between", "User-agent: *\n\0Disallow: /a\0\nDisallow: /b\0c", refused: ["/a", "/b%00c"]),
        RobotsCase(
            "too long a line", "User-agent: *\nDisallow: /\(String(repeating: "a", count: 16384))\nDisallow: /b",
            allowed: ["/" + String(repeating: "a", count: 16384)], refused: ["/b"]),
        RobotsCase(
            "as long a line as may be", "User-agent: *\nDisallow: /\(String(repeating: "a", count: 16373))",
            allowed: ["/aaa"], refused: ["/" + String(repeating: "a", count: 16373)]),
        RobotsCase(
            "as long a comment as one likes", "User-agent: *\n#\(String(repeating: "a", count: 99999))\nDisallow: /b",
            refused: ["/b"]),
        RobotsCase(
            "600 KiB on", "User-agent: *\n\(String(repeating: "#\n", count: 300 << 10))Disallow: /b", refused: ["/b"]),
    ]
}
