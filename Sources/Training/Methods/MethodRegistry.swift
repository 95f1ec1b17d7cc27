/// Every method that a setting can name. A new one is its folder and a line here.
enum MethodRegistry {
    static let methods: [any Method.Type] = [
        SourceOnly.self,
        SelfTraining.self,
        InstanceSelfTraining.self,
    ]
}
