/** The shapes that the API gives, under the names that the pages use. The truth is `schema.ts`, made from the server's document. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Absence = Schemas['Absence'];
export type AgendaEntry = Schemas['AgendaEntry'];
export type AgendaWhat = Schemas['AgendaWhat'];
export type Authenticity = Schemas['Authenticity'];
export type Blocker = Schemas['Blocker'];
export type CalendarSettings = Schemas['CalendarSettings'];
export type Change = Schemas['Change'];
export type Comment = Schemas['CommentView'];
export type Checkpoint = Schemas['CheckpointView'];
export type Crew = Schemas['Size'];
export type Deadline = Schemas['DeadlineView'];
export type Delivery = Schemas['Delivery'];
export type DeliveryRow = Schemas['DeliveryRow'];
export type Duty = Schemas['Duty'];
export type Evidence = Schemas['EvidenceView'];
export type Fact = Schemas['FactView'];
export type Facet = Schemas['Facet'];
export type FacetValue = Schemas['FacetValue'];
export type Feed = Schemas['Feed'];
export type Gate = Schemas['Gate'];
export type GateView = Schemas['GateView'];
export type Home = Schemas['Home'];
export type HorizonEntry = Schemas['HorizonEntry'];
export type HorizonWhat = Schemas['HorizonWhat'];
export type Hunk = Schemas['Hunk'];
export type Kind = Schemas['Kind'];
export type Level = Schemas['Level'];
export type Message = Schemas['Message'];
export type MessageRow = Schemas['MessageRow'];
export type MessageState = Schemas['MessageState'];
export type Notice = Schemas['Notice'];
export type NoticeList = Schemas['NoticeList'];
export type NoticeRow = Schemas['NoticeRow'];
export type Override = Schemas['OverrideView'];
export type OwnershipRule = Schemas['OwnershipRule'];
export type Person = Schemas['Person'];
export type ProbesFromHere = Schemas['ProbesFromHere'];
export type PersonWork = Schemas['PersonWork'];
export type ProblemDocument = Schemas['Problem'];
export type Procedure = Schemas['Procedure'];
export type ProcedureCheck = Schemas['ProcedureCheck'];
export type ProcedureMove = Schemas['ProcedureMove'];
export type ProcedureRow = Schemas['ProcedureRow'];
export type ProcedureVersion = Schemas['ProcedureVersion'];
export type Proposal = Schemas['ProposalView'];
export type RecordEntry = Schemas['RecordEntry'];
export type Requirement = Schemas['RequirementView'];
export type RequirementState = Schemas['RequirementState'];
export type Resource = Schemas['ResourceView'];
export type Segment = Schemas['Segment'];
export type Session = Schemas['Session'];
export type SignOffForm = Schemas['SignOffForm'];
export type Signature = Schemas['SignatureView'];
export type Stage = Schemas['Stage'];
export type Step = Schemas['StepView'];
export type Team = Schemas['Team'];
export type TextPart = Schemas['TextPart'];
export type TogetherOutcome = Schemas['TogetherOutcome'];
export type Uploaded = Schemas['Uploaded'];
export type Verification = Schemas['Verification'];
export type WaitingItem = Schemas['WaitingItem'];
export type WaitingTogether = Schemas['WaitingTogether'];
export type When = Schemas['When'];

/** One page of a list; `next` is handed back as `cursor`. */
export interface Page<T> {
	items: T[];
	next: string | null;
}
