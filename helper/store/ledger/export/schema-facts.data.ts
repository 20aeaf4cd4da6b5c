/**
 * Of the OCSF schema, release 1.3.0 (tag of ocsf/ocsf-schema): for the class API Activity and the
 * objects our events hold, each attribute with its type, whether it is required, and the numbers an
 * enumeration allows. Names and numbers only.
 */
export interface SchemaObject {
  required: readonly string[];
  atLeastOne?: readonly string[];
  /** Attribute to type: a JSON type, an object of this table, or `[object]` for a list of them. */
  attributes: Readonly<Record<string, string>>;
  enums?: Readonly<Record<string, readonly number[]>>;
}

export const OCSF_RELEASE = '1.3.0';
export const OCSF_CLASS = { class_uid: 6003, category_uid: 6 } as const;

export const OCSF_FACTS: Readonly<Record<string, SchemaObject>> = {
  api_activity: {
    required: [
      'activity_id',
      'actor',
      'api',
      'category_uid',
      'class_uid',
      'metadata',
      'severity_id',
      'src_endpoint',
      'time',
      'type_uid',
    ],
    attributes: {
      activity_id: 'integer',
      activity_name: 'string',
      actor: 'actor',
      api: 'api',
      category_name: 'string',
      category_uid: 'integer',
      class_name: 'string',
      class_uid: 'integer',
      count: 'integer',
      duration: 'integer',
      end_time: 'integer',
      message: 'string',
      metadata: 'metadata',
      raw_data: 'string',
      resources: '[resource_details]',
      severity: 'string',
      severity_id: 'integer',
      src_endpoint: 'network_endpoint',
      start_time: 'integer',
      status: 'string',
      status_code: 'string',
      status_detail: 'string',
      status_id: 'integer',
      time: 'integer',
      timezone_offset: 'integer',
      type_name: 'string',
      type_uid: 'integer',
      unmapped: 'any',
    },
    enums: {
      activity_id: [0, 1, 2, 3, 4, 99],
      severity_id: [0, 1, 2, 3, 4, 5, 6, 99],
      status_id: [0, 1, 2, 99],
    },
  },
  metadata: {
    required: ['product', 'version'],
    attributes: {
      correlation_uid: 'string',
      event_code: 'string',
      log_level: 'string',
      log_name: 'string',
      log_provider: 'string',
      log_version: 'string',
      logged_time: 'integer',
      modified_time: 'integer',
      original_time: 'string',
      processed_time: 'integer',
      product: 'product',
      sequence: 'integer',
      tenant_uid: 'string',
      uid: 'string',
      version: 'string',
    },
  },
  product: {
    required: ['vendor_name'],
    atLeastOne: ['name', 'uid'],
    attributes: {
      cpe_name: 'string',
      lang: 'string',
      name: 'string',
      path: 'string',
      uid: 'string',
      url_string: 'string',
      vendor_name: 'string',
      version: 'string',
    },
  },
  actor: {
    required: [],
    atLeastOne: ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'],
    attributes: { app_name: 'string', app_uid: 'string', invoked_by: 'string', user: 'user' },
  },
  user: {
    required: [],
    atLeastOne: ['account', 'name', 'uid'],
    attributes: {
      credential_uid: 'string',
      domain: 'string',
      email_addr: 'string',
      full_name: 'string',
      name: 'string',
      type: 'string',
      type_id: 'integer',
      uid: 'string',
      uid_alt: 'string',
    },
    enums: { type_id: [0, 1, 2, 3, 99] },
  },
  api: {
    required: ['operation'],
    attributes: { operation: 'string', service: 'service', version: 'string' },
  },
  service: {
    required: [],
    atLeastOne: ['name', 'uid'],
    attributes: { name: 'string', uid: 'string', version: 'string' },
  },
  network_endpoint: {
    required: [],
    atLeastOne: [
      'ip',
      'uid',
      'name',
      'hostname',
      'svc_name',
      'instance_uid',
      'interface_uid',
      'interface_name',
    ],
    attributes: { hostname: 'string', ip: 'string', name: 'string', svc_name: 'string', uid: 'string' },
  },
  resource_details: {
    required: [],
    atLeastOne: ['name', 'uid'],
    attributes: { name: 'string', namespace: 'string', type: 'string', uid: 'string' },
  },
};

/** Captions that go with an identifier of the schema. */
export const OCSF_CAPTIONS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  activity_id: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  severity_id: { 1: 'Informational', 3: 'Medium' },
  status_id: { 0: 'Unknown', 1: 'Success', 2: 'Failure' },
};

/**
 * Of the OpenTelemetry semantic conventions, release 1.44.0: the `gen_ai` attributes that a mapping
 * may use (none is deprecated by another name), with their types and the values that are defined.
 */
export const GEN_AI_RELEASE = '1.44.0';

export const GEN_AI_ATTRIBUTES: Readonly<Record<string, 'string' | 'int'>> = {
  'gen_ai.agent.id': 'string',
  'gen_ai.agent.name': 'string',
  'gen_ai.conversation.id': 'string',
  'gen_ai.operation.name': 'string',
  'gen_ai.provider.name': 'string',
  'gen_ai.request.max_tokens': 'int',
  'gen_ai.request.model': 'string',
  'gen_ai.response.id': 'string',
  'gen_ai.response.model': 'string',
  'gen_ai.tool.call.id': 'string',
  'gen_ai.tool.name': 'string',
  'gen_ai.tool.type': 'string',
  'gen_ai.usage.input_tokens': 'int',
  'gen_ai.usage.output_tokens': 'int',
};

export const GEN_AI_OPERATIONS: readonly string[] = [
  'chat',
  'create_agent',
  'embeddings',
  'execute_tool',
  'generate_content',
  'invoke_agent',
  'invoke_workflow',
  'retrieval',
  'text_completion',
];

export const GEN_AI_PROVIDERS: readonly string[] = [
  'anthropic',
  'aws.bedrock',
  'azure.ai.inference',
  'azure.ai.openai',
  'cohere',
  'deepseek',
  'gcp.gemini',
  'gcp.gen_ai',
  'gcp.vertex_ai',
  'groq',
  'ibm.watsonx.ai',
  'mistral_ai',
  'openai',
  'perplexity',
  'x_ai',
];
