//! A template while it is made: its sections, and how its resources are spoken of from inside and from outside.

use fanin_state_first::Lane;
use serde_json::{Map, Value, json};

use super::Part;
use crate::bus::Bus;
use crate::names::{FunctionName, Names};
use crate::settings::{BusChoice, Project};

/// A template while it is made.
pub(super) struct Draft<'a> {
    pub(super) project: &'a Project,
    pub(super) part: Part,
    pub(super) parameters: Map<String, Value>,
    pub(super) conditions: Map<String, Value>,
    pub(super) resources: Map<String, Value>,
    pub(super) outputs: Map<String, Value>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(project: &'a Project, part: Part) -> Draft<'a> {
        Draft {
            project,
            part,
            parameters: Map::new(),
            conditions: Map::new(),
            resources: Map::new(),
            outputs: Map::new(),
        }
    }

    pub(super) fn names(&self) -> &'a Names {
        &self.project.names
    }

    pub(super) fn resource(&mut self, logical: &str, kind: &str, properties: Value) {
        let mut resource = json!({ "Type": kind });
        if let Value::Object(map) = &mut resource {
            // What holds something says that it goes with its stack, so that nobody has to guess.
            if matches!(kind, "AWS::SQS::Queue" | "AWS::Logs::LogGroup") {
                map.insert("DeletionPolicy".to_owned(), json!("Delete"));
                map.insert("UpdateReplacePolicy".to_owned(), json!("Delete"));
            }
            map.insert("Properties".to_owned(), properties);
        }
        self.resources.insert(logical.to_owned(), resource);
    }

    /// A resource that stays when its stack is deleted, unless it was only just made.
    pub(super) fn lasting(&mut self, logical: &str, kind: &str, properties: Value) {
        self.resources.insert(
            logical.to_owned(),
            json!({
                "Type": kind,
                "DeletionPolicy": "RetainExceptOnCreate",
                "UpdateReplacePolicy": "Retain",
                "Properties": properties,
            }),
        );
    }

    pub(super) fn output(&mut self, name: &str, what: &str, value: Value) {
        self.outputs.insert(name.to_owned(), json!({ "Description": what, "Value": value }));
    }

    fn inside(&self, part: Part, logical: &str, attribute: &str, outside: Value) -> Value {
        if self.part.has(part) { json!({ "Fn::GetAtt": [logical, attribute] }) } else { outside }
    }

    pub(super) fn table_arn(&self) -> Value {
        self.inside(Part::State, "Table", "Arn", arn("dynamodb", &format!("table/{}", self.names().table())))
    }

    pub(super) fn queue_arn(&self, lane: Lane) -> Value {
        self.inside(Part::State, queue_logical(lane), "Arn", arn("sqs", &self.queue_name(lane)))
    }

    pub(super) fn dead_queue_arn(&self, lane: Lane) -> Value {
        let name = Names::dead_of(&self.queue_name(lane));
        self.inside(Part::State, dead_logical(lane), "Arn", arn("sqs", &name))
    }

    pub(super) fn queue_name(&self, lane: Lane) -> String {
        match lane {
            Lane::Conditions => self.names().conditions_queue(),
            Lane::Rules => self.names().rules_queue(),
        }
    }

    /// The URL of a queue. A template without the queue is told it.
    pub(super) fn queue_url(&mut self, lane: Lane) -> Value {
        if self.part.has(Part::State) {
            return json!({ "Ref": queue_logical(lane) });
        }
        let parameter = format!("{}Url", queue_logical(lane));
        let about = format!("URL of the queue {}", self.queue_name(lane));
        self.parameters.insert(parameter.clone(), json!({ "Type": "String", "Description": about }));
        json!({ "Ref": parameter })
    }

    pub(super) fn bucket_name(&self) -> Value {
        json!({ "Fn::Sub": self.names().bucket("${AWS::AccountId}", "${AWS::Region}") })
    }

    pub(super) fn bucket_arn(&self, rest: &str) -> Value {
        let name = self.names().bucket("${AWS::AccountId}", "${AWS::Region}");
        json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:s3:::{name}{rest}") })
    }

    pub(super) fn function_arn(&self, function: FunctionName) -> Value {
        let outside = arn("lambda", &format!("function:{}", self.names().function(function)));
        self.inside(Part::Functions, function.logical(), "Arn", outside)
    }

    /// The name of the bus, and its ARN's way in front of a rule's name: nothing for the default bus.
    pub(super) fn bus_name(&self, bus: Bus) -> Option<&str> {
        match (bus, &self.project.settings.bus) {
            (Bus::Default, _) => None,
            (Bus::Workflow, BusChoice::Own) => Some(self.names().bus()),
            (Bus::Workflow, BusChoice::Named(name)) => Some(name),
        }
    }

    pub(super) fn rule_arn(&self, bus: Bus, name: &str) -> Value {
        let way = self.bus_name(bus).map_or_else(String::new, |bus| format!("{bus}/"));
        arn("events", &format!("rule/{way}{name}"))
    }
}

pub(super) fn queue_logical(lane: Lane) -> &'static str {
    match lane {
        Lane::Conditions => "ConditionsQueue",
        Lane::Rules => "RulesQueue",
    }
}

pub(super) fn dead_logical(lane: Lane) -> &'static str {
    match lane {
        Lane::Conditions => "ConditionsDeadLetters",
        Lane::Rules => "RulesDeadLetters",
    }
}

/// The ARN of something in the stack's own account and region.
pub(super) fn arn(service: &str, what: &str) -> Value {
    json!({ "Fn::Sub": format!("arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{what}") })
}
