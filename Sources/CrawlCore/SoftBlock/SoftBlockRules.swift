/// Whether a URL that fails is asked in another dress too, to prove that only ours is turned away.
package struct SoftBlockRules: Sendable, Hashable {
    /// Which of the fetcher's profiles asks beside ours; nil = nothing is proved. Read at the start only.
    package var control: Int?
    /// As the operator calls that profile; "" = nobody has named it.
    package var name = ""
    /// What is proved blocked is asked with that profile from then on; false = it is not asked any more.
    package var switches = false

    package init(control: Int? = nil, name: String = "", switches: Bool = false) {
        self.control = control
        self.name = name
        self.switches = switches
    }
}
