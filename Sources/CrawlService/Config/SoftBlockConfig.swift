internal import CrawlFetch

/// `soft_block` and `profiles`: the request that is asked beside ours to prove that we are being blocked.
package struct SoftBlockConfig: Hashable, Sendable {
    package enum OnDetect: String, CaseIterable, Sendable {
        /// The URL is not asked any more.
        case park
        /// It is asked as the control profile asks.
        case `switch`
    }

    /// Name of the profile of the control request; "" turns the proof off.
    package var controlProfile = ""

    package var onDetect = OnDetect.park

    /// In the order of the file.
    package var profiles: [Named] = []

    package struct Named: Hashable, Sendable {
        package var name: String
        package var profile: ProfileConfig
    }

    package init() {}

    mutating func read(_ section: ConfigSection) {
        section.string("control_profile", &controlProfile)
        section.choice("on_detect", &onDetect)
    }

    mutating func readProfiles(_ section: ConfigSection) {
        profiles = section.keys.map { name in
            var profile = ProfileConfig()
            section.section(name) { profile.read($0) }
            return Named(name: name, profile: profile)
        }
    }

    /// Where the control profile stands among `profiles`; nil = the proof is off.
    var control: Int? { controlProfile.isEmpty ? nil : profiles.firstIndex { $0.name == controlProfile } }

    func validate() -> [ConfigFault] {
        var check = ConfigCheck("soft_block")
        let names = profiles.map(\.name)
        check.require(
            controlProfile.isEmpty || names.contains(controlProfile), "control_profile", controlProfile,
            names.isEmpty
                ? "must be \"\", for there are no profiles" : "must be \"\" or one of " + names.joined(separator: ", "))
        var section = ConfigCheck("profiles")
        section.require(profiles.count <= 32, names.last ?? "", nil, "must be one of at most 32 profiles")
        for name in names {
            section.require(
                (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(ProfileConfig.isOfName),
                name, nil, "must be a name of letters, digits, - and _, at most 64")
        }
        return check.faults + section.faults + profiles.flatMap { $0.profile.validate($0.name) }
    }
}
