# replaces all selectors: repeat those for data events, which this shows
aws cloudtrail get-event-selectors --trail-name {{arn}} --region {{region}}
aws cloudtrail put-event-selectors --trail-name {{arn}} --advanced-event-selectors '[{"Name":"Management events","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]' --region {{region}}
